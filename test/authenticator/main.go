// Reads ConfigMap data objects as JSON lines and writes what aws-iam-authenticator makes of each, as JSON lines.
package main

import (
	"bufio"
	"encoding/json"
	"io"
	"log"
	"os"

	"github.com/sirupsen/logrus"
	"sigs.k8s.io/aws-iam-authenticator/pkg/config"
	"sigs.k8s.io/aws-iam-authenticator/pkg/mapper/configmap"
)

type outcome struct {
	Error    *string              `json:"error"`
	Roles    []config.RoleMapping `json:"roles"`
	Users    []config.UserMapping `json:"users"`
	Accounts []string             `json:"accounts"`
}

func main() {
	logrus.SetOutput(io.Discard)
	in := json.NewDecoder(bufio.NewReader(os.Stdin))
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	for {
		var data map[string]string
		if err := in.Decode(&data); err == io.EOF {
			break
		} else if err != nil {
			log.Fatal(err)
		}
		if err := encoder.Encode(load(data)); err != nil {
			log.Fatal(err)
		}
	}
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
}

func load(data map[string]string) outcome {
	users, roles, accounts, err := configmap.ParseMap(data)
	result := outcome{Roles: roles, Users: users, Accounts: accounts}
	if err != nil {
		message := err.Error()
		result.Error = &message
	}
	return result
}
