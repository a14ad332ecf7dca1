package main

import (
	"encoding/json"

	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/aws-iam-authenticator/pkg/config"
	"sigs.k8s.io/aws-iam-authenticator/pkg/mapper/configmap"
)

type outcome struct {
	// The authenticator's error for each key.
	Errors map[string]string `json:"errors"`
	// True if the error makes it ignore all of mapRoles or mapUsers, not just an item or a field.
	Unparsable map[string]bool      `json:"unparsable"`
	Roles      []config.RoleMapping `json:"roles"`
	Users      []config.UserMapping `json:"users"`
	Accounts   []string             `json:"accounts"`
}

func load(data map[string]string) outcome {
	users, roles, accounts, _ := configmap.ParseMap(data)
	errors := errorsOf(data)
	unparsable := map[string]bool{}
	for key := range errors {
		unparsable[key] = key != "mapAccounts" && !isList(data[key])
	}
	return outcome{Errors: errors, Unparsable: unparsable, Roles: roles, Users: users, Accounts: accounts}
}

func errorsOf(data map[string]string) map[string]string {
	errors := map[string]string{}
	for _, key := range []string{"mapRoles", "mapUsers", "mapAccounts"} {
		text, found := data[key]
		if !found {
			continue
		}
		if _, _, _, err := configmap.ParseMap(map[string]string{key: text}); err != nil {
			errors[key] = err.Error()
		}
	}
	return errors
}

func (loaded outcome) arns() []string {
	arns := make([]string, 0)
	for _, role := range loaded.Roles {
		arns = append(arns, role.RoleARN)
	}
	for _, user := range loaded.Users {
		arns = append(arns, user.UserARN)
	}
	return arns
}

func isList(text string) bool {
	converted, err := yaml.ToJSON([]byte(text))
	var list []any
	return err == nil && json.Unmarshal(converted, &list) == nil
}
