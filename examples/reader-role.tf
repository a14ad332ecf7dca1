# The role of reader-role.yaml in every account below some organizational units, and in those that join later. To be applied in the
# management account, or in the delegated administrator of CloudFormation StackSets with call_as = "DELEGATED_ADMIN".

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "trusted_account" {
  description = "ID of the account in which aws-auth-sso has its credentials"
  type        = string
}

variable "trusted_principal" {
  description = "The only principal of that account which may assume the role, such as role/ci/aws-auth; * stands for any characters"
  type        = string
  default     = "*"
}

variable "external_id" {
  description = "External ID that aws-auth-sso has to give (--external-id); none if empty"
  type        = string
  default     = ""
}

variable "role_name" {
  description = "Name of the role (--assume-role), the same in every account"
  type        = string
  default     = "EksAuthReader"
}

variable "access_entries" {
  description = "Whether the role may also read EKS clusters with their access entries (--cluster)"
  type        = bool
  default     = false
}

variable "organizational_units" {
  description = "IDs of the organizational units, or that of the root for all accounts"
  type        = list(string)
}

variable "call_as" {
  description = "SELF in the management account, DELEGATED_ADMIN in that of the delegated administrator"
  type        = string
  default     = "SELF"
}

variable "in_this_account" {
  description = "Whether to create the role in this account too: a StackSet does not reach the management account"
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
    # AWS fills it in where permissions are service-managed.
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
