package main

import (
	"regexp"
	"strings"

	"sigs.k8s.io/aws-iam-authenticator/pkg/arn"
)

// An AWS caller.
type caller struct {
	// The form that the authenticator looks up.
	Arn string `json:"arn"`
	// True if it can be a machine, such as an EC2 instance. Identity Center roles and users are people.
	Machine bool `json:"machine"`
}

// Names and paths that IAM allows, as `aws sts get-caller-identity` prints them: a role without its path and with a session, a
// user with its path. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
var (
	role = regexp.MustCompile(`^arn:([a-z-]+):iam::([0-9]{12}):role/([\w+=,.@-]{1,64})$`)
	// Only Identity Center can create roles with this prefix.
	provisioned   = regexp.MustCompile(`:role/awsreservedsso_[\w+=,.@-]{1,32}_[0-9a-z]+$`)
	user          = regexp.MustCompile(`^arn:[a-z-]+:iam::[0-9]{12}:user/([!-~]{1,510}/)?[\w+=,.@-]{1,64}$`)
	root          = regexp.MustCompile(`^arn:[a-z-]+:iam::[0-9]{12}:root$`)
	federatedUser = regexp.MustCompile(`^arn:[a-z-]+:sts::[0-9]{12}:federated-user/[\w+=,.@-]{2,32}$`)
)

// callersOf returns each ARN that a caller can have, once.
func callersOf(arns []string) []caller {
	callers := make([]caller, 0)
	seen := map[string]bool{}
	for _, text := range arns {
		canonical, found := canonicalOf(folded(text))
		if !found || !strings.EqualFold(canonical, text) || seen[canonical] {
			continue
		}
		seen[canonical] = true
		callers = append(callers, caller{Arn: canonical, Machine: isMachine(canonical)})
	}
	return callers
}

// canonicalOf returns the ARN that the authenticator looks up for a caller; false if no caller has it.
func canonicalOf(text string) (string, bool) {
	called := text
	if strings.Contains(text, ":role/awsreservedsso_") && !provisioned.MatchString(text) {
		return "", false
	}
	if parts := role.FindStringSubmatch(text); parts != nil {
		called = "arn:" + parts[1] + ":sts::" + parts[2] + ":assumed-role/" + parts[3] + "/session"
	} else if !user.MatchString(text) && !root.MatchString(text) && !federatedUser.MatchString(text) {
		return "", false
	}
	_, canonical, err := arn.Canonicalize(called)
	return canonical, err == nil
}

// folded returns the text in lower case, with ASCII for the two other letters that strings.EqualFold treats as equal to ASCII.
func folded(text string) string {
	return strings.NewReplacer("\u017f", "s", "\u212a", "k").Replace(strings.ToLower(text))
}

func isMachine(canonical string) bool {
	return strings.Contains(canonical, ":role/") && !strings.Contains(canonical, ":role/awsreservedsso_")
}
