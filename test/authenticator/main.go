// Reads questions about ConfigMaps as JSON lines and answers each with a JSON line, using aws-iam-authenticator's own code.
package main

import (
	"bufio"
	"encoding/json"
	"io"
	"log"
	"os"

	"github.com/sirupsen/logrus"
)

// A question about versions of one aws-auth: what is in each, and who has access?
type question struct {
	// `data` of a ConfigMap.
	Data []map[string]string `json:"data"`
	// Files for kubectl.
	Files []string `json:"files"`
	// Files with a bare mapRoles list, from which Kustomize generates a ConfigMap.
	Lists []string `json:"lists"`
	// More ARNs that callers may have.
	Callers []string `json:"callers"`
	// ARNs from STS, whose tokens the server reviews with the first item of Data.
	Reviews []string `json:"reviews"`
}

// An answer, with one item for each version in the question.
type answer struct {
	Versions []version `json:"versions"`
	// ARNs, in entries of any version and in the question, that an AWS caller can have; in lower case, as they are looked up.
	Callers []caller `json:"callers"`
	// The possible identities of each token: null if it has no access, several if chance decides.
	Reviews [][]*identity `json:"reviews"`
}

type version struct {
	// The reason why kubectl rejects the file.
	FileError *string `json:"fileError"`
	// Everything in the file that the authenticator doesn't read.
	Rest    string            `json:"rest"`
	Data    map[string]string `json:"data"`
	Outcome outcome           `json:"outcome"`
	// The possible identities of each caller: none, one, or several if chance decides.
	Identities [][]identity `json:"identities"`
}

func main() {
	logrus.SetOutput(io.Discard)
	in := json.NewDecoder(bufio.NewReader(os.Stdin))
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	answerTo := answerer()
	for {
		var asked question
		if err := in.Decode(&asked); err == io.EOF {
			break
		} else if err != nil {
			log.Fatal(err)
		}
		if err := encoder.Encode(answerTo(asked)); err != nil {
			log.Fatal(err)
		}
	}
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
}

// answerer uses the whole server if the program has an argument.
func answerer() func(question) answer {
	if len(os.Args) > 1 {
		server := startServer()
		return func(asked question) answer { return answer{Reviews: server.reviews(asked.Data[0], asked.Reviews)} }
	}
	mapper := startMapper()
	return func(asked question) answer { return answerTo(asked, mapper) }
}

func answerTo(asked question, mapper *watchedMapper) answer {
	versions := make([]version, 0)
	for _, data := range asked.Data {
		versions = append(versions, version{Data: data})
	}
	for _, file := range asked.Files {
		versions = append(versions, readManifest(file))
	}
	for _, list := range asked.Lists {
		versions = append(versions, version{Data: map[string]string{"mapRoles": list}})
	}
	arns := asked.Callers
	for at := range versions {
		one := &versions[at]
		if one.FileError == nil {
			one.Outcome = load(one.Data)
			arns = append(arns, one.Outcome.arns()...)
		}
	}
	callers := callersOf(arns)
	for at := range versions {
		one := &versions[at]
		if one.FileError == nil {
			one.Identities = mapper.identities(one.Data, one.Outcome, callers)
		}
	}
	return answer{Versions: versions, Callers: callers}
}
