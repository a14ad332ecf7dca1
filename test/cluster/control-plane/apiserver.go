package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
	_ "k8s.io/component-base/metrics/prometheus/version"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

const adminToken = "admin"

func freePort() int {
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// startEtcd returns the client URL once etcd is ready.
func startEtcd(dir string) string {
	loopback := func() []url.URL {
		return []url.URL{{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", freePort())}}
	}
	cfg := embed.NewConfig()
	cfg.Dir, cfg.UnsafeNoFsync, cfg.LogLevel = dir, true, "error"
	cfg.ListenClientUrls, cfg.ListenPeerUrls = loopback(), loopback()
	cfg.AdvertiseClientUrls, cfg.AdvertisePeerUrls = cfg.ListenClientUrls, cfg.ListenPeerUrls
	cfg.InitialCluster = cfg.InitialClusterFromName(cfg.Name)
	<-must(embed.StartEtcd(cfg)).Server.ReadyNotify()
	return cfg.ListenClientUrls[0].String()
}

// startAPIServer returns the server's URL, before the server is necessarily ready.
func startAPIServer(dir, etcd, webhookKubeconfig string, k keys) string {
	tokens := writeFile(dir, "tokens.csv", []byte(adminToken+",kubernetes-admin,1,system:masters\n"))
	port := freePort()
	command := app.NewAPIServerCommand()
	command.SetArgs([]string{
		"--etcd-servers=" + etcd,
		"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", port),
		"--cert-dir=" + filepath.Join(dir, "certificates"),
		"--service-cluster-ip-range=10.96.0.0/24", "--endpoint-reconciler-type=none",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + k.accountKey, "--service-account-signing-key-file=" + k.accountKey,
		"--client-ca-file=" + k.ca,
		"--disable-admission-plugins=ServiceAccount",
		"--authorization-mode=RBAC",
		"--token-auth-file=" + tokens,
		"--authentication-token-webhook-config-file=" + webhookKubeconfig,
		// Disable caching of token reviews, which would reflect an old ConfigMap. (A ten-second cache by token can't be
		// disabled, so the tests never use a token twice after a change.)
		"--authentication-token-webhook-cache-ttl=0s",
		"--v=0",
	})
	go func() { log.Fatal(command.Execute()) }()
	return fmt.Sprintf("https://127.0.0.1:%d", port)
}

// readyClient returns a client once the server reports that it is ready.
func readyClient(kubeconfig string) *kubernetes.Clientset {
	config := must(clientcmd.BuildConfigFromFlags("", kubeconfig))
	config.QPS, config.Burst = 1000, 1000
	client := must(kubernetes.NewForConfig(config))
	for {
		body, err := client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(context.Background())
		if err == nil && string(body) == "ok" {
			return client
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func writeAdminKubeconfig(dir, server string) string {
	config := api.NewConfig()
	config.Clusters["judge"] = &api.Cluster{Server: server, InsecureSkipTLSVerify: true}
	config.AuthInfos["admin"] = &api.AuthInfo{Token: adminToken}
	config.Contexts["judge"] = &api.Context{Cluster: "judge", AuthInfo: "admin"}
	config.CurrentContext = "judge"
	file := filepath.Join(dir, "admin.kubeconfig")
	return must(file, clientcmd.WriteToFile(*config, file))
}

func writeFile(dir, name string, content []byte) string {
	file := filepath.Join(dir, name)
	return must(file, os.WriteFile(file, content, 0o600))
}
