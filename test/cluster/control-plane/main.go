// One process that is, as far as aws-auth and RBAC go, the control plane of an EKS cluster: etcd, kube-apiserver, those controllers
// that make rights of rights, and aws-iam-authenticator's own server as its token webhook, with an AWS of its own. Everything listens
// on loopback.
//
// Takes a directory to work in. Writes one line of JSON once all is ready, and ends when stdin closes.
package main

import (
	"encoding/json"
	"io"
	"log"
	"os"
	"path/filepath"

	"github.com/sirupsen/logrus"
)

// What the tests need to know of the cluster.
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
