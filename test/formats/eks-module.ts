// Stand-ins for terraform-aws-modules/eks, which output the entries that they would create.

/** Reads the input as version 20 of the module does, for comparison with version 21. */
export const UNTYPED = `
variable "access_entries" { type = any }
output "entries" {
  value = {
    entries = { for key, entry in var.access_entries : key => [
      entry.principal_arn, try(entry.kubernetes_groups, null), try(entry.type, "STANDARD"), try(entry.user_name, null),
      try(entry.tags, {})
    ] }
    policies = { for one in flatten([
      for key, entry in var.access_entries : [
        for name, policy in lookup(entry, "policy_associations", {}) : {
          key   = "\${key}_\${name}"
          value = [policy.policy_arn, policy.access_scope.type, lookup(policy.access_scope, "namespaces", [])]
        }
      ]
    ]) : one.key => one.value }
  }
}
`;

/** The types of version 21. */
export const TYPED = `
variable "access_entries" {
  type = map(object({
    principal_arn     = string
    kubernetes_groups = optional(list(string))
    type              = optional(string, "STANDARD")
    user_name         = optional(string)
    tags              = optional(map(string), {})
    policy_associations = optional(map(object({
      policy_arn   = string
      access_scope = object({ namespaces = optional(list(string)), type = string })
    })), {})
  }))
}
output "entries" {
  value = {
    entries = { for key, entry in var.access_entries : key => [
      entry.principal_arn, entry.kubernetes_groups, entry.type, entry.user_name, entry.tags
    ] }
    policies = { for one in flatten([
      for key, entry in var.access_entries : [
        for name, policy in entry.policy_associations : {
          key   = "\${key}_\${name}"
          value = [policy.policy_arn, policy.access_scope.type, coalesce(policy.access_scope.namespaces, [])]
        }
      ]
    ]) : one.key => one.value }
  }
}
`;
