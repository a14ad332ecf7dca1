// Reads questions about ConfigMaps as JSON lines and answers each by a JSON line, with aws-iam-authenticator's own code.
package main

import (
	"bufio"
	"encoding/json"
	"io"
	"log"
	"os"

	"github.com/sirupsen/logrus"
)

// A question is about versions of one aws-auth: what is in each, and whom does it let in?
type question struct {
	// `data` of a ConfigMap.
	Data []map[string]string `json:"data"`
	// Files as kubectl would be given them.
	Files []string `json:"files"`
	// Files that are a bare list of mapRoles, as Kustomize makes a ConfigMap of them.
	Lists []string `json:"lists"`
	// Further ARNs that callers may have.
	Callers []string `json:"callers"`
	// ARNs as STS says them, whose tokens the server is to review with the first of Data.
	Reviews []string `json:"reviews"`
}

// An answer has one item for each version asked about.
type answer struct {
	Versions []version `json:"versions"`
	// Those of all ARNs, in entries of any version and asked about, that a caller of AWS can have; in lower case, as they are looked up.
	Callers []caller `json:"callers"`
	// For each token, as whom it lets in: null for nobody, and of several one by chance.
	Reviews [][]*identity `json:"reviews"`
}

type version struct {
	// Why kubectl cannot take the file.
	FileError *string `json:"fileError"`
	// Everything in the file besides what the authenticator reads.
	Rest    string            `json:"rest"`
	Data    map[string]string `json:"data"`
	Outcome outcome           `json:"outcome"`
	// For each caller, as whom they get in: nobody, somebody, or one of several by chance.
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

// With an argument, the whole server answers.
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
