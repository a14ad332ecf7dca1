package main

import (
	"encoding/json"
	"net"
	"net/http"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/aws-iam-authenticator/pkg/config"
	"sigs.k8s.io/aws-iam-authenticator/pkg/mapper/configmap"
)

// control changes aws-auth on behalf of a test, outside the commands under test.
type control struct {
	configMaps typedcorev1.ConfigMapInterface
}

const name = "aws-auth"

// The live ConfigMap as the authenticator's parser loads it.
type loaded struct {
	Error    *string              `json:"error"`
	Roles    []config.RoleMapping `json:"roles"`
	Users    []config.UserMapping `json:"users"`
	Accounts []string             `json:"accounts"`
}

// startControl returns the URL it serves.
func startControl(client *kubernetes.Clientset) string {
	c := control{client.CoreV1().ConfigMaps("kube-system")}
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /", answer(c.put))
	mux.HandleFunc("DELETE /", answer(c.delete))
	mux.HandleFunc("POST /append", answer(c.append))
	mux.HandleFunc("GET /data", answer(c.data))
	mux.HandleFunc("GET /loaded", answer(c.loaded))
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	go func() { must(0, http.Serve(listener, mux)) }()
	return "http://" + listener.Addr().String()
}

func answer(handle func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		result, err := handle(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("content-type", "application/json")
		must(0, json.NewEncoder(w).Encode(result))
	}
}

// put re-creates aws-auth with exactly the data in the body.
func (c control) put(r *http.Request) (any, error) {
	configMap := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if err := json.NewDecoder(r.Body).Decode(&configMap.Data); err != nil {
		return nil, err
	}
	if _, err := c.delete(r); err != nil {
		return nil, err
	}
	return c.configMaps.Create(r.Context(), configMap, metav1.CreateOptions{FieldManager: "judge"})
}

func (c control) delete(r *http.Request) (any, error) {
	err := c.configMaps.Delete(r.Context(), name, metav1.DeleteOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return nil, err
}

// append adds the text in the body to mapRoles, as EKS does for a new node group: to the newest version, retrying when
// another writer was first.
func (c control) append(r *http.Request) (any, error) {
	var text string
	if err := json.NewDecoder(r.Body).Decode(&text); err != nil {
		return nil, err
	}
	return nil, retry.OnError(retry.DefaultBackoff, apierrors.IsConflict, func() error {
		configMap, err := c.configMaps.Get(r.Context(), name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		configMap.Data["mapRoles"] += text
		_, err = c.configMaps.Update(r.Context(), configMap, metav1.UpdateOptions{FieldManager: "eks"})
		return err
	})
}

func (c control) data(r *http.Request) (any, error) {
	configMap, err := c.configMaps.Get(r.Context(), name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	return configMap.Data, nil
}

func (c control) loaded(r *http.Request) (any, error) {
	configMap, err := c.configMaps.Get(r.Context(), name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	users, roles, accounts, err := configmap.ParseMap(configMap.Data)
	result := loaded{Roles: roles, Users: users, Accounts: accounts}
	if err != nil {
		message := err.Error()
		result.Error = &message
	}
	return result, nil
}
