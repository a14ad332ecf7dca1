package main

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
)

// startAWS replaces the two services that the authenticator calls: STS (who signed a token) and EC2 (a node's name).
// No other AWS service is reachable.
func startAWS() {
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	address := listener.Addr().String()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", getCallerIdentity)
	mux.HandleFunc("POST /", describeInstances)
	go func() { must(0, http.Serve(listener, mux)) }()

	// The verifier accepts only STS's own host and connects to it through Go's default transport.
	http.DefaultTransport.(*http.Transport).DialTLSContext = func(ctx context.Context, _, to string) (net.Conn, error) {
		if !strings.HasPrefix(to, "sts.") {
			return nil, fmt.Errorf("%s is not to be reached from a test", to)
		}
		return new(net.Dialer).DialContext(ctx, "tcp", address)
	}
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_EC2":      "http://" + address,
		"AWS_REGION":                "eu-west-1",
		"AWS_ACCESS_KEY_ID":         "none",
		"AWS_SECRET_ACCESS_KEY":     "none",
		"AWS_EC2_METADATA_DISABLED": "true",
	} {
		must(0, os.Setenv(name, value))
	}
}

// getCallerIdentity trusts the caller's ARN that the token has in place of a session token.
func getCallerIdentity(w http.ResponseWriter, r *http.Request) {
	caller := r.URL.Query().Get("X-Amz-Security-Token")
	fields := strings.SplitN(caller, ":", 6)
	if len(fields) != 6 {
		http.Error(w, "no ARN", http.StatusForbidden)
		return
	}
	userID := "AIDAEXAMPLE"
	if session, isRole := strings.CutPrefix(fields[5], "assumed-role/"); isRole {
		userID = "AROAEXAMPLE:" + session[strings.LastIndex(session, "/")+1:]
	}
	result := map[string]string{"Account": fields[4], "Arn": caller, "UserId": userID}
	response := map[string]any{"GetCallerIdentityResponse": map[string]any{"GetCallerIdentityResult": result}}
	w.Header().Set("content-type", "application/json")
	must(0, json.NewEncoder(w).Encode(response))
}

type instance struct {
	ID             string `xml:"instanceId"`
	PrivateDNSName string `xml:"privateDnsName"`
}

type describeInstancesResponse struct {
	XMLName   xml.Name   `xml:"http://ec2.amazonaws.com/doc/2016-11-15/ DescribeInstancesResponse"`
	Instances []instance `xml:"reservationSet>item>instancesSet>item"`
}

// describeInstances knows every instance and derives its name from its id.
func describeInstances(w http.ResponseWriter, r *http.Request) {
	id := r.FormValue("InstanceId.1")
	w.Header().Set("content-type", "text/xml")
	must(0, xml.NewEncoder(w).Encode(describeInstancesResponse{
		Instances: []instance{{id, id + ".eu-west-1.compute.internal"}},
	}))
}
