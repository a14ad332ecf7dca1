package main

import (
	"context"
	"net"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/aws-iam-authenticator/pkg/config"
	"sigs.k8s.io/aws-iam-authenticator/pkg/mapper"
	"sigs.k8s.io/aws-iam-authenticator/pkg/metrics"
	"sigs.k8s.io/aws-iam-authenticator/pkg/server"
)

// The released authenticator: verifies tokens, watches aws-auth, matches callers and fills in templates.
type authenticator struct {
	config            config.Config
	webhookKubeconfig string
}

// prepareAuthenticator writes the webhook config for the API server before either of them runs.
func prepareAuthenticator(dir string) authenticator {
	metrics.InitMetrics(prometheus.NewRegistry())
	webhook := filepath.Join(dir, "webhook.kubeconfig")
	cfg := config.Config{
		PartitionID:            "aws",
		ClusterID:              "judge",
		Hostname:               "127.0.0.1",
		Address:                "127.0.0.1",
		HostPort:               freePort(),
		StateDir:               dir,
		GenerateKubeconfigPath: webhook,
		BackendMode:            []string{mapper.ModeEKSConfigMap},
	}
	must(0, cfg.GenerateFiles())
	cfg.KubeconfigPregenerated = true
	return authenticator{cfg, webhook}
}

// start makes it watch aws-auth and answer the API server.
func (a authenticator) start(kubeconfig string) {
	// Its health check listens on this port on every address, unless the port is taken.
	_, _ = net.Listen("tcp", "127.0.0.1:21363")
	a.config.Kubeconfig = kubeconfig
	go server.New(context.Background(), a.config).Run(make(chan struct{}))
}
