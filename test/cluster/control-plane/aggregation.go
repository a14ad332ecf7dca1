package main

import (
	"context"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/kubernetes/pkg/controller/clusterroleaggregation"
)

// startAggregation runs the one controller of kube-controller-manager that RBAC needs: it writes the rules of the roles that an
// aggregated ClusterRole selects into it.
func startAggregation(client *kubernetes.Clientset) {
	factory := informers.NewSharedInformerFactory(client, 0)
	controller := clusterroleaggregation.NewClusterRoleAggregation(factory.Rbac().V1().ClusterRoles(), client.RbacV1())
	factory.Start(make(chan struct{}))
	go controller.Run(context.Background(), 5)
}
