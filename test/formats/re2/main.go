// Prints which names each pattern matches, as the AWS provider's name_regex does.
package main

import (
	"encoding/json"
	"log"
	"os"
	"regexp"
)

func main() {
	var given struct{ Patterns, Names []string }
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		log.Fatal(err)
	}
	matched := make([][]string, len(given.Patterns))
	for i, pattern := range given.Patterns {
		compiled := regexp.MustCompile(pattern)
		matched[i] = []string{}
		for _, name := range given.Names {
			if compiled.MatchString(name) {
				matched[i] = append(matched[i], name)
			}
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(matched); err != nil {
		log.Fatal(err)
	}
}
