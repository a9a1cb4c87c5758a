// Command kuberay-validate says what the KubeRay operator and the API server in front of it think of Ray objects.
//
//	kuberay-validate < objects.jsonl   one verdict a line, in the order of the objects
//	kuberay-validate schema            the CRDs' condensed schema, which mlgitops/render/preflight carries
//	kuberay-validate pods < objects    what Pod Security `restricted` says of the pods that are made of each object
//	kuberay-validate hashes < objects  of each RayService what the operator compares to tell whether it needs a new cluster
//	kuberay-validate samples           the operator's sample manifests, as one JSON object
//
// It is what mlgitops' own preflight is compared with, so it decides nothing itself: admission is done by
// k8s.io/apiextensions-apiserver, as in a cluster, validation by the operator's own functions, and Pod Security by
// k8s.io/pod-security-admission on the pods that the operator builds.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
)

// maxLine is the longest object that is read, in bytes: etcd takes no more than 1.5 MiB.
const maxLine = 2 << 20

func main() {
	folder := flag.String("crds", "", "folder with KubeRay's CRDs (default: those of the version that this program was built with)")
	flag.Parse()
	if err := run(*folder, flag.Args(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "kuberay-validate:", err)
		os.Exit(1)
	}
}

func run(folder string, arguments []string, in io.Reader, out io.Writer) error {
	asked := ""
	if len(arguments) > 0 {
		asked = arguments[0]
	}
	if len(arguments) > 1 {
		return fmt.Errorf("expected at most one argument, got %q", arguments)
	}
	switch asked {
	case "samples":
		return writeSamples(out)
	case "hashes":
		return judgeLines(hashCluster, in, out)
	case "pods":
		judge, err := podJudge()
		if err != nil {
			return err
		}
		return judgeLines(judge, in, out)
	case "", "schema":
		definitions, err := readDefinitions(folder)
		if err != nil {
			return err
		}
		if asked == "schema" {
			return writeCondensed(out, definitions)
		}
		judges, err := newJudges(definitions)
		if err != nil {
			return err
		}
		return judgeLines(func(line []byte) (any, error) { return judge(judges, line) }, in, out)
	}
	return fmt.Errorf("unknown argument %q; expected none, schema, pods, hashes or samples", asked)
}

// judgeLines writes a verdict for each line.
func judgeLines(judge func(line []byte) (any, error), in io.Reader, out io.Writer) error {
	writer := bufio.NewWriter(out)
	encoder := json.NewEncoder(writer)
	scanner := bufio.NewScanner(in)
	scanner.Buffer(make([]byte, 0, 64<<10), maxLine)
	for scanner.Scan() {
		verdict, err := judge(scanner.Bytes())
		if err != nil {
			return err
		}
		if err := encoder.Encode(verdict); err != nil {
			return err
		}
	}
	if err := scanner.Err(); err != nil {
		return err
	}
	return writer.Flush()
}
