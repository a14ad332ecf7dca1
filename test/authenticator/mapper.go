package main

import (
	"encoding/json"
	"log"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/sirupsen/logrus"
	"sigs.k8s.io/aws-iam-authenticator/pkg/config"
	"sigs.k8s.io/aws-iam-authenticator/pkg/mapper/configmap"
	"sigs.k8s.io/aws-iam-authenticator/pkg/token"
)

// The username and groups of a caller.
type identity struct {
	Username string   `json:"username"`
	Groups   []string `json:"groups"`
}

// The authenticator's mapper, watching a ConfigMap that changes.
type watchedMapper struct {
	mapper *configmap.ConfigMapMapper
	// URL of the API server that it watches.
	master string
	events chan map[string]string
	// Receives a value when the mapper starts to handle an event, after finishing all earlier ones.
	takenUp chan struct{}
}

func startMapper() *watchedMapper {
	watched := watch()
	var err error
	watched.mapper, err = configmap.NewConfigMapMapper(config.Config{Master: watched.master})
	fatal(err)
	fatal(watched.mapper.Start(make(chan struct{})))
	return watched
}

// watch starts an API server for one mapper. A program can't have a second one, because only logs show what a mapper does.
func watch() *watchedMapper {
	watched := &watchedMapper{events: make(chan map[string]string), takenUp: make(chan struct{})}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	fatal(err)
	watched.master = "http://" + listener.Addr().String()
	go func() { log.Fatal(http.Serve(listener, http.HandlerFunc(watched.serve))) }()
	logrus.AddHook(watched)
	return watched
}

// serve answers like the watch of an API server, which never ends.
func (watched *watchedMapper) serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/api/v1/namespaces/kube-system/configmaps" || r.URL.Query().Get("watch") == "" {
		log.Fatalf("the mapper asks for %s", r.URL)
	}
	w.Header().Set("Content-Type", "application/json")
	encoder := json.NewEncoder(w)
	for data := range watched.events {
		object := map[string]any{
			"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]string{"name": "aws-auth"}, "data": data,
		}
		if err := encoder.Encode(map[string]any{"type": "MODIFIED", "object": object}); err != nil {
			log.Fatal(err)
		}
		w.(http.Flusher).Flush()
	}
}

func (watched *watchedMapper) Levels() []logrus.Level { return []logrus.Level{logrus.InfoLevel} }

// Fire reads the log of the mapper. It logs when it starts to handle an event, not when it is done, so each event is sent twice.
func (watched *watchedMapper) Fire(entry *logrus.Entry) error {
	if entry.Message == "Received aws-auth watch event" {
		watched.takenUp <- struct{}{}
	}
	return nil
}

func (watched *watchedMapper) load(data map[string]string) {
	for range 2 {
		watched.events <- data
		<-watched.takenUp
	}
}

// identities returns the possible identities of each caller: none, one, or several if chance decides.
func (watched *watchedMapper) identities(data map[string]string, loaded outcome, callers []caller) [][]identity {
	watched.load(data)
	identities := make([][]identity, len(callers))
	for at, one := range callers {
		identities[at] = make([]identity, 0)
		mapping, err := watched.mapper.Map(&token.Identity{CanonicalARN: one.Arn})
		if err != nil {
			continue
		}
		chosen := identity{Username: mapping.Username, Groups: mapping.Groups}
		for _, possible := range possibilities(loaded, one.Arn, chosen) {
			if !isDenied(possible, one) {
				identities[at] = append(identities[at], possible)
			}
		}
	}
	return identities
}

// isDenied: to replace the variable, the server looks up an EC2 instance, and denies access if it doesn't exist.
func isDenied(possible identity, one caller) bool {
	names := append([]string{possible.Username}, possible.Groups...)
	return !one.Machine && slices.ContainsFunc(names, func(name string) bool {
		return strings.Contains(name, "{{EC2PrivateDNSName}}")
	})
}

// possibilities: the mapper keeps one entry for each key in a Go map, and uses the first match in the map's random order.
func possibilities(loaded outcome, canonical string, chosen identity) []identity {
	matching := map[string]identity{}
	for _, one := range loaded.Roles {
		if one.Matches(canonical) {
			matching[one.Key()] = identity{Username: one.Username, Groups: one.Groups}
		}
	}
	if len(matching) == 0 {
		for _, one := range loaded.Users {
			if one.Matches(canonical) {
				matching[one.Key()] = identity{Username: one.Username, Groups: one.Groups}
			}
		}
	}
	if len(matching) < 2 {
		return []identity{chosen}
	}
	possible := make([]identity, 0)
	for _, key := range slices.Sorted(maps.Keys(matching)) {
		possible = append(possible, matching[key])
	}
	return possible
}
