// A single process that acts as an EKS control plane for aws-auth and RBAC: etcd, kube-apiserver, the controllers that turn
// permissions into other permissions, and aws-iam-authenticator's own server as the token webhook, with its own fake AWS.
// Everything listens on loopback.
//
// Takes a working directory. Writes one line of JSON once everything is ready, and exits when stdin closes.
package main

import (
	"encoding/json"
	"io"
	"log"
	"os"
	"path/filepath"

	"github.com/sirupsen/logrus"
)

// The cluster as tests see it.
type cluster struct {
	Server          string `json:"server"`
	AdminKubeconfig string `json:"adminKubeconfig"`
	Control         string `json:"control"`
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: control-plane DIRECTORY")
	}
	dir := os.Args[1]
	logrus.SetOutput(os.Stderr)
	logrus.SetLevel(logrus.ErrorLevel)

	startAWS()
	authenticator := prepareAuthenticator(dir)
	etcd := startEtcd(filepath.Join(dir, "etcd"))
	keys := makeKeys(dir)
	server := startAPIServer(dir, etcd, authenticator.webhookKubeconfig, keys)
	admin := writeAdminKubeconfig(dir, server)
	client := readyClient(admin)
	authenticator.start(admin)
	startControllers(client, keys)

	must(0, json.NewEncoder(os.Stdout).Encode(cluster{server, admin, startControl(client)}))
	must(io.Copy(io.Discard, os.Stdin))
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
