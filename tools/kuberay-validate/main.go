// Command kuberay-validate says what the KubeRay operator and the API server in front of it think of Ray objects.
//
//	kuberay-validate < objects.jsonl   one verdict a line, in the order of the objects
//	kuberay-validate schema            the CRDs' condensed schema, which mlgitops/render/preflight carries
//
// It is what mlgitops' own preflight is compared with, so it decides nothing itself: admission is done by
// k8s.io/apiextensions-apiserver, as in a cluster, and validation by the operator's own functions.
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
	folder := flag.String("crds", "", "folder with KubeRay's CRDs (default: the module's, from the Go module cache)")
	flag.Parse()
	if err := run(*folder, flag.Args(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "kuberay-validate:", err)
		os.Exit(1)
	}
}

func run(folder string, arguments []string, in io.Reader, out io.Writer) error {
	definitions, err := readDefinitions(folder)
	if err != nil {
		return err
	}
	if len(arguments) == 1 && arguments[0] == "schema" {
		return writeCondensed(out, definitions)
	}
	if len(arguments) > 0 {
		return fmt.Errorf("unknown arguments %q; expected none, or: schema", arguments)
	}
	return judgeLines(definitions, in, out)
}

func judgeLines(definitions []definition, in io.Reader, out io.Writer) error {
	judges, err := newJudges(definitions)
	if err != nil {
		return err
	}
	writer := bufio.NewWriter(out)
	encoder := json.NewEncoder(writer)
	scanner := bufio.NewScanner(in)
	scanner.Buffer(make([]byte, 0, 64<<10), maxLine)
	for scanner.Scan() {
		verdict, err := judge(judges, scanner.Bytes())
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
