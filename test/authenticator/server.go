package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"sigs.k8s.io/aws-iam-authenticator/pkg/arn"
	"sigs.k8s.io/aws-iam-authenticator/pkg/config"
	"sigs.k8s.io/aws-iam-authenticator/pkg/mapper"
	"sigs.k8s.io/aws-iam-authenticator/pkg/server"
)

// The released authenticator, from the token of a caller to the names in Kubernetes, watching a ConfigMap that changes. AWS is
// fake: STS trusts the token, EC2 knows every instance.
type watchedServer struct {
	*watchedMapper
	url    string
	client *http.Client
}

func startServer() *watchedServer {
	dir, err := os.MkdirTemp("", "authenticator-server-")
	fatal(err)
	defer os.RemoveAll(dir)
	startAWS()
	watched := &watchedServer{watchedMapper: watch()}
	cfg := config.Config{
		Master:                 watched.master,
		PartitionID:            "aws",
		ClusterID:              "judge",
		Hostname:               "127.0.0.1",
		Address:                "127.0.0.1",
		HostPort:               freePort(),
		StateDir:               dir,
		GenerateKubeconfigPath: dir + "/kubeconfig",
		BackendMode:            []string{mapper.ModeEKSConfigMap},
	}
	fatal(cfg.GenerateFiles())
	cfg.KubeconfigPregenerated = true
	// Its health check listens on this port on every address, unless the port is taken.
	_, _ = net.Listen("tcp", "127.0.0.1:21363")
	running := server.New(context.Background(), cfg)
	go running.Run(make(chan struct{}))
	watched.url = fmt.Sprintf("https://127.0.0.1:%d/authenticate", cfg.HostPort)
	insecure := &tls.Config{InsecureSkipVerify: true}
	watched.client = &http.Client{Transport: &http.Transport{TLSClientConfig: insecure, ForceAttemptHTTP2: true}}
	return watched
}

// reviews returns the possible identities of each caller with the ConfigMap; null means access denied.
func (watched *watchedServer) reviews(data map[string]string, callers []string) [][]*identity {
	if len(callers) == 0 {
		return [][]*identity{}
	}
	watched.load(data)
	loaded := load(data)
	outcomes := make([][]*identity, len(callers))
	for at, caller := range callers {
		seen := map[string]bool{}
		matching := matchingEntries(loaded, caller)
		for drawn := 0; drawn == 0 || matching > 1 && drawn < maxDraws && len(seen) < matching; drawn++ {
			found := watched.review(caller)
			text, err := json.Marshal(found)
			fatal(err)
			if !seen[string(text)] {
				seen[string(text)] = true
				outcomes[at] = append(outcomes[at], found)
			}
		}
	}
	return outcomes
}

// If several entries match, chance decides for each call: this many calls see every outcome.
const maxDraws = 300

func matchingEntries(loaded outcome, caller string) int {
	_, canonical, err := arn.Canonicalize(caller)
	if err != nil {
		return 1
	}
	return len(possibilities(loaded, strings.ToLower(canonical), identity{}))
}

type tokenReview struct {
	Kind       string `json:"kind"`
	APIVersion string `json:"apiVersion"`
	Spec       struct {
		Token string `json:"token"`
	} `json:"spec"`
	Status struct {
		Authenticated bool     `json:"authenticated"`
		User          identity `json:"user"`
	} `json:"status"`
}

func (watched *watchedServer) review(caller string) *identity {
	asked := tokenReview{Kind: "TokenReview", APIVersion: "authentication.k8s.io/v1beta1"}
	asked.Spec.Token = tokenOf(caller)
	body, err := json.Marshal(asked)
	fatal(err)
	response, err := watched.client.Post(watched.url, "application/json", bytes.NewReader(body))
	fatal(err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	fatal(err)
	var answered tokenReview
	fatal(json.Unmarshal(text, &answered))
	if !answered.Status.Authenticated {
		return nil
	}
	return &answered.Status.User
}

// tokenOf returns the output of `aws eks get-token`, with the caller's ARN instead of a session token.
func tokenOf(caller string) string {
	query := url.Values{
		"Action":               {"GetCallerIdentity"},
		"Version":              {"2011-06-15"},
		"X-Amz-Algorithm":      {"AWS4-HMAC-SHA256"},
		"X-Amz-Credential":     {"ASIAEXAMPLE/scope"},
		"X-Amz-Date":           {time.Now().UTC().Format("20060102T150405Z")},
		"X-Amz-Expires":        {"60"},
		"X-Amz-Security-Token": {caller},
		"X-Amz-SignedHeaders":  {"host;x-k8s-aws-id"},
		"X-Amz-Signature":      {"0"},
	}
	signed := "https://sts.eu-west-1.amazonaws.com/?" + query.Encode()
	return "k8s-aws-v1." + base64.RawURLEncoding.EncodeToString([]byte(signed))
}

func startAWS() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	fatal(err)
	address := listener.Addr().String()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", getCallerIdentity)
	mux.HandleFunc("POST /", describeInstances)
	go func() { log.Fatal(http.Serve(listener, mux)) }()
	// The verifier accepts only STS's own host and connects to it through Go's default transport.
	http.DefaultTransport.(*http.Transport).DialTLSContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", address)
	}
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_EC2":      "http://" + address,
		"AWS_REGION":                "eu-west-1",
		"AWS_ACCESS_KEY_ID":         "none",
		"AWS_SECRET_ACCESS_KEY":     "none",
		"AWS_EC2_METADATA_DISABLED": "true",
	} {
		fatal(os.Setenv(name, value))
	}
}

func getCallerIdentity(w http.ResponseWriter, r *http.Request) {
	caller := r.URL.Query().Get("X-Amz-Security-Token")
	account, userID := "", "AIDAEXAMPLE"
	if fields := strings.SplitN(caller, ":", 6); len(fields) == 6 {
		account = fields[4]
		if session, isRole := strings.CutPrefix(fields[5], "assumed-role/"); isRole {
			userID = "AROAEXAMPLE:" + session[strings.LastIndex(session, "/")+1:]
		}
	}
	result := map[string]string{"Account": account, "Arn": caller, "UserId": userID}
	response := map[string]any{"GetCallerIdentityResponse": map[string]any{"GetCallerIdentityResult": result}}
	w.Header().Set("content-type", "application/json")
	fatal(json.NewEncoder(w).Encode(response))
}

func describeInstances(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("content-type", "text/xml")
	_, err := fmt.Fprintf(w, `<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><reservationSet><item><instancesSet>`)
	fatal(err)
	fatal(r.ParseForm())
	for name, values := range r.Form {
		if strings.HasPrefix(name, "InstanceId.") {
			_, err = fmt.Fprintf(w, "<item><instanceId>%s</instanceId><privateDnsName>%s.internal</privateDnsName></item>", values[0], values[0])
			fatal(err)
		}
	}
	_, err = fmt.Fprint(w, "</instancesSet></item></reservationSet></DescribeInstancesResponse>")
	fatal(err)
}

func freePort() int {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	fatal(err)
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

func fatal(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
