// Prints the roles and bindings that the API server of one Kubernetes release creates, from that release's own source.
// release.ts makes the module around it.
package main

import (
	"encoding/json"
	"log"
	"os"

	rbac "k8s.io/api/rbac/v1"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy"
)

// Like PolicyData in pkg/registry/rbac/rest/storage_rbac.go.
func main() {
	roles, bindings := []rbac.Role{}, []rbac.RoleBinding{}
	for _, some := range bootstrappolicy.NamespaceRoles() {
		roles = append(roles, some...)
	}
	for _, some := range bootstrappolicy.NamespaceRoleBindings() {
		bindings = append(bindings, some...)
	}
	err := json.NewEncoder(os.Stdout).Encode(map[string]any{
		"ClusterRole":        append(bootstrappolicy.ClusterRoles(), bootstrappolicy.ControllerRoles()...),
		"ClusterRoleBinding": append(bootstrappolicy.ClusterRoleBindings(), bootstrappolicy.ControllerRoleBindings()...),
		"Role":               roles,
		"RoleBinding":        bindings,
	})
	if err != nil {
		log.Fatal(err)
	}
}
