package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
)

type manifest struct {
	Kind     string `json:"kind"`
	Metadata struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
	Data  map[string]string `json:"data"`
	Items []json.RawMessage `json:"items"`
}

// readManifest returns the aws-auth of a file, using kubectl's decoder.
func readManifest(file string) version {
	found, rest, err := awsAuthIn(file)
	if err != nil {
		message := err.Error()
		return version{FileError: &message}
	}
	return version{Data: found, Rest: rest}
}

func awsAuthIn(file string) (map[string]string, string, error) {
	decoder := yaml.NewYAMLOrJSONDecoder(strings.NewReader(file), 4096)
	var rest bytes.Buffer
	var found map[string]string
	for {
		var document runtime.RawExtension
		if err := decoder.Decode(&document); err == io.EOF {
			break
		} else if err != nil {
			return nil, "", err
		}
		raw := bytes.TrimSpace(document.Raw)
		if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
			continue
		}
		data, other, err := takeData(raw)
		if err != nil {
			return nil, "", err
		}
		if data != nil && found != nil {
			return nil, "", errors.New("two aws-auth")
		}
		if data != nil {
			found = data
		}
		rest.Write(other)
		rest.WriteByte('\n')
	}
	if found == nil {
		return nil, "", errors.New("no aws-auth")
	}
	return found, rest.String(), nil
}

// takeData returns the data of aws-auth, or of a list with it, and the object without what the authenticator reads.
func takeData(raw []byte) (map[string]string, []byte, error) {
	var object manifest
	if err := json.Unmarshal(raw, &object); err != nil {
		return nil, nil, err
	}
	var all map[string]any
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, nil, err
	}
	if object.Kind == "List" || object.Kind == "ConfigMapList" {
		return takeFromItems(object.Items, all)
	}
	inPlace := object.Metadata.Namespace == "" || object.Metadata.Namespace == "kube-system"
	if object.Kind != "" && object.Kind != "ConfigMap" || object.Metadata.Name != "aws-auth" || !inPlace {
		return nil, raw, nil
	}
	data := map[string]string{}
	for _, key := range []string{"mapRoles", "mapUsers", "mapAccounts"} {
		if text, found := object.Data[key]; found {
			data[key] = text
		}
	}
	if fields, isMap := all["data"].(map[string]any); isMap {
		delete(fields, "mapRoles")
		delete(fields, "mapUsers")
		delete(fields, "mapAccounts")
	}
	if fields, isMap := all["data"].(map[string]any); all["data"] == nil || isMap && len(fields) == 0 {
		delete(all, "data")
	}
	other, err := json.Marshal(all)
	return data, other, err
}

func takeFromItems(items []json.RawMessage, all map[string]any) (map[string]string, []byte, error) {
	var found map[string]string
	others := make([]json.RawMessage, 0)
	for _, item := range items {
		data, other, err := takeData(item)
		if err != nil {
			return nil, nil, err
		}
		if data != nil && found != nil {
			return nil, nil, fmt.Errorf("two aws-auth")
		}
		if data != nil {
			found = data
		}
		others = append(others, other)
	}
	all["items"] = others
	other, err := json.Marshal(all)
	return found, other, err
}
