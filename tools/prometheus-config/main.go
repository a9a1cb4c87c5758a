// What the Prometheus operator tells Prometheus of PodMonitors, by its own code.
//
//	prometheus-config -server https://… -token FILE -authority FILE podmonitor.yaml… > prometheus.yml
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus-operator/prometheus-operator/pkg/assets"
	"github.com/prometheus-operator/prometheus-operator/pkg/prometheus"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

func main() {
	server := flag.String("server", "", "the API server")
	token := flag.String("token", "", "the file with the token for it")
	authority := flag.String("authority", "", "the file with its certificate's authority")
	interval := flag.String("interval", "2s", "how often to scrape where a monitor does not say")
	flag.Parse()
	text, err := configuration(*server, *token, *authority, *interval, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "prometheus-config:", err)
		os.Exit(1)
	}
	// What the operator's reloader fills in beside Prometheus.
	filled := strings.NewReplacer("$(SHARD)", "0", "$(POD_NAME)", "lab-0").Replace(string(text))
	fmt.Print(filled)
}

func configuration(server, token, authority, interval string, files []string) ([]byte, error) {
	monitors := map[string]*monitoring.PodMonitor{}
	for _, file := range files {
		monitor, err := read(file)
		if err != nil {
			return nil, err
		}
		monitors[monitor.Namespace+"/"+monitor.Name] = monitor
	}
	one := prometheusOf(server, token, authority, interval)
	generator, err := prometheus.NewConfigGenerator(nil, one)
	if err != nil {
		return nil, err
	}
	store := assets.NewTestStoreBuilder()
	return generator.GenerateServerConfiguration(one, nil, monitors, nil, nil, store, nil, nil, nil, nil)
}

// read refuses what the API server would: fields that a PodMonitor has not.
func read(file string) (*monitoring.PodMonitor, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	monitor := &monitoring.PodMonitor{}
	if err := yaml.UnmarshalStrict(text, monitor); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return monitor, nil
}

func prometheusOf(server, token, authority, interval string) *monitoring.Prometheus {
	one := &monitoring.Prometheus{ObjectMeta: meta.ObjectMeta{Name: "lab", Namespace: "monitoring"}}
	one.Spec.ScrapeInterval = monitoring.Duration(interval)
	one.Spec.EvaluationInterval = monitoring.Duration(interval)
	one.Spec.APIServerConfig = &monitoring.APIServerConfig{
		Host:            server,
		BearerTokenFile: token,
		TLSConfig:       &monitoring.TLSConfig{CAFile: authority},
	}
	return one
}
