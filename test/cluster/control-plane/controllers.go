package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"time"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/util/cert"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller/certificates/signer"
	"k8s.io/kubernetes/pkg/controller/clusterroleaggregation"
	"k8s.io/kubernetes/pkg/controller/serviceaccount"
	tokens "k8s.io/kubernetes/pkg/serviceaccount"
)

// Shared by the API server and the controllers: the CA for client certificates and the key for service account tokens.
type keys struct {
	accountKey, caKey, ca string
}

func makeKeys(dir string) keys {
	accountKey, caKey := must(rsa.GenerateKey(rand.Reader, 2048)), must(rsa.GenerateKey(rand.Reader, 2048))
	ca := must(cert.NewSelfSignedCACert(cert.Config{CommonName: "judge"}, caKey))
	return keys{
		accountKey: writeFile(dir, "service-account.key", keyPEM(accountKey)),
		caKey:      writeFile(dir, "ca.key", keyPEM(caKey)),
		ca:         writeFile(dir, "ca.crt", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Raw})),
	}
}

func keyPEM(key *rsa.PrivateKey) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
}

// startControllers runs the controllers of kube-controller-manager that turn permissions into other permissions: one writes
// the selected rules into an aggregated ClusterRole, one signs approved client certificates, and one writes service account
// tokens into the secrets that request them.
func startControllers(client *kubernetes.Clientset, k keys) {
	ctx := context.Background()
	factory := informers.NewSharedInformerFactory(client, 0)
	aggregation := clusterroleaggregation.NewClusterRoleAggregation(factory.Rbac().V1().ClusterRoles(), client.RbacV1())
	requests := factory.Certificates().V1().CertificateSigningRequests()
	signing := must(signer.NewKubeAPIServerClientCSRSigningController(ctx, client, requests, k.ca, k.caKey, time.Hour))
	pemBlock, _ := pem.Decode(must(os.ReadFile(k.accountKey)))
	generator := must(tokens.JWTTokenGenerator(tokens.LegacyIssuer, must(x509.ParsePKCS1PrivateKey(pemBlock.Bytes))))
	core := factory.Core().V1()
	secrets := must(serviceaccount.NewTokensController(klog.Background(), core.ServiceAccounts(), core.Secrets(), client,
		serviceaccount.TokensControllerOptions{TokenGenerator: generator}))
	factory.Start(ctx.Done())
	go aggregation.Run(ctx, 5)
	go signing.Run(ctx, 1)
	go secrets.Run(ctx, 1)
}
