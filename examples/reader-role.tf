# Creates the role in reader-role.yaml in every account of some organizational units, and in accounts that join later. Apply it in the
# management account, or with call_as = "DELEGATED_ADMIN" in the delegated administrator account for CloudFormation StackSets.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "trusted_account" {
  description = "Account ID of the credentials that aws-auth-sso uses"
  type        = string
}

variable "trusted_principal" {
  description = "The only principal in that account that can assume the role, such as role/ci/aws-auth; * matches any characters"
  type        = string
  default     = "*"
}

variable "external_id" {
  description = "External ID that aws-auth-sso passes (assumeRole.externalId in its config); empty for none"
  type        = string
  default     = ""
}

variable "role_name" {
  description = "Name of the role (--assume-role), the same in every account"
  type        = string
  default     = "EksAuthReader"
}

variable "access_entries" {
  description = "Also allow reading EKS clusters and their access entries (--cluster)"
  type        = bool
  default     = false
}

variable "organizational_units" {
  description = "IDs of the organizational units, or the ID of the root for all accounts"
  type        = list(string)
}

variable "call_as" {
  description = "SELF in the management account, DELEGATED_ADMIN in the delegated administrator account"
  type        = string
  default     = "SELF"
}

variable "in_this_account" {
  description = "Also create the role in this account, because a StackSet skips the management account"
  type        = bool
  default     = false
}

locals {
  template = file("${path.module}/reader-role.yaml")
  parameters = {
    TrustedAccount   = var.trusted_account
    TrustedPrincipal = var.trusted_principal
    ExternalId       = var.external_id
    RoleName         = var.role_name
    AccessEntries    = tostring(var.access_entries)
  }
}

resource "aws_cloudformation_stack_set" "reader" {
  name             = "aws-auth-sso-reader"
  permission_model = "SERVICE_MANAGED"
  call_as          = var.call_as
  capabilities     = ["CAPABILITY_NAMED_IAM"]
  template_body    = local.template
  parameters       = local.parameters

  auto_deployment {
    enabled                          = true
    retain_stacks_on_account_removal = false
  }

  lifecycle {
    # AWS sets it for service-managed permissions.
    ignore_changes = [administration_role_arn]
  }
}

resource "aws_cloudformation_stack_set_instance" "reader" {
  stack_set_name = aws_cloudformation_stack_set.reader.name
  call_as        = var.call_as

  deployment_targets {
    organizational_unit_ids = var.organizational_units
  }
}

resource "aws_cloudformation_stack" "reader" {
  count = var.in_this_account ? 1 : 0

  name          = "aws-auth-sso-reader"
  capabilities  = ["CAPABILITY_NAMED_IAM"]
  template_body = local.template
  parameters    = local.parameters
}
