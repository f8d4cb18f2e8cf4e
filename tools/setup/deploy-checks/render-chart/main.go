// Renders a Helm chart as `helm template` does, as far as this repository's chart goes: text/template with Sprig and Helm's own functions.
// For machines with Go and Debian's golang-github-masterminds-sprig-dev and golang-k8s-sigs-yaml-dev but no Helm:
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run main.go [--notes] <chart> <release> <namespace> [<values file>]
package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"sigs.k8s.io/yaml"
)

// What a template may nest before it is taken for a circle; Helm's limit.
const includeDepthMax = 1000

type object = map[string]interface{}

// The files of a chart that are no templates, as `.Files`.
type files map[string][]byte

func (f files) Get(name string) string { return string(f[name]) }

func (f files) Glob(pattern string) files {
	found := files{}
	for name, content := range f {
		if matches, _ := path.Match(pattern, name); matches {
			found[name] = content
		}
	}
	return found
}

type capabilities struct {
	KubeVersion struct{ Version, Major, Minor string }
	APIVersions apiVersions
}
type apiVersions struct{}

func (apiVersions) Has(string) bool { return false }

type chart struct{ Name, Version, AppVersion, Description, Type string }

func main() {
	arguments := os.Args[1:]
	notes := len(arguments) > 0 && arguments[0] == "--notes"
	if notes {
		arguments = arguments[1:]
	}
	if len(arguments) < 3 {
		fail(errors.New("usage: main.go [--notes] <chart> <release> <namespace> [<values file>]"))
	}
	output, err := render(arguments[0], arguments[1], arguments[2], arguments[3:], notes)
	if err != nil {
		fail(err)
	}
	fmt.Print(output)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "Error: "+err.Error())
	os.Exit(1)
}

func render(directory, release, namespace string, valuesFiles []string, notes bool) (string, error) {
	templates, others, err := load(directory)
	if err != nil {
		return "", err
	}
	var about chart
	if err := yaml.Unmarshal(others["Chart.yaml"], &about); err != nil {
		return "", err
	}
	values := object{}
	if err := yaml.Unmarshal(others["values.yaml"], &values); err != nil {
		return "", err
	}
	for _, file := range valuesFiles {
		given := object{}
		content, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		if err := yaml.Unmarshal(content, &given); err != nil {
			return "", err
		}
		merge(values, given)
	}
	visible := files{}
	for name, content := range others {
		if strings.HasPrefix(name, "files/") {
			visible[name] = content
		}
	}
	cluster := capabilities{}
	cluster.KubeVersion.Version, cluster.KubeVersion.Major, cluster.KubeVersion.Minor = "v1.36.0", "1", "36"
	scope := object{
		"Values": values, "Chart": about, "Files": visible, "Capabilities": cluster,
		"Release": object{"Name": release, "Namespace": namespace, "Service": "Helm", "IsInstall": true, "IsUpgrade": false, "Revision": 1},
	}
	return execute(about.Name, templates, scope, notes)
}

// Every file below the directory, through symbolic links too; templates by their path below the chart, the rest by theirs.
func load(directory string) (templates map[string]string, others files, err error) {
	templates, others = map[string]string{}, files{}
	var walk func(relative string) error
	walk = func(relative string) error {
		entries, err := os.ReadDir(filepath.Join(directory, relative))
		if err != nil {
			return err
		}
		for _, entry := range entries {
			name := path.Join(relative, entry.Name())
			info, err := os.Stat(filepath.Join(directory, name))
			if err != nil {
				return err
			}
			if info.IsDir() {
				if err := walk(name); err != nil {
					return err
				}
				continue
			}
			content, err := os.ReadFile(filepath.Join(directory, name))
			if err != nil {
				return err
			}
			if strings.HasPrefix(name, "templates/") {
				templates[name] = string(content)
			} else {
				others[name] = content
			}
		}
		return nil
	}
	return templates, others, walk(".")
}

// Given values win; maps are merged, everything else is replaced, null takes a default away.
func merge(into, given object) {
	for key, value := range given {
		deeper, isMap := value.(object)
		current, wasMap := into[key].(object)
		switch {
		case value == nil:
			delete(into, key)
		case isMap && wasMap:
			merge(current, deeper)
		default:
			into[key] = value
		}
	}
}

func execute(chartName string, templates map[string]string, scope object, notes bool) (string, error) {
	root := template.New(chartName).Option("missingkey=zero")
	root.Funcs(functions(root))
	names := make([]string, 0, len(templates))
	for name, text := range templates {
		names = append(names, name)
		if _, err := root.New(chartName + "/" + name).Parse(text); err != nil {
			return "", err
		}
	}
	sort.Strings(names)
	var output strings.Builder
	for _, name := range names {
		isNotes := path.Base(name) == "NOTES.txt"
		if strings.HasPrefix(path.Base(name), "_") || isNotes != notes {
			continue
		}
		scope["Template"] = object{"Name": chartName + "/" + name, "BasePath": chartName + "/templates"}
		var text bytes.Buffer
		if err := root.ExecuteTemplate(&text, chartName+"/"+name, scope); err != nil {
			return "", err
		}
		rendered := strings.ReplaceAll(text.String(), "<no value>", "")
		if strings.TrimSpace(rendered) == "" {
			continue
		}
		if notes {
			return rendered, nil
		}
		fmt.Fprintf(&output, "---\n# Source: %s/%s\n%s\n", chartName, name, strings.TrimSpace(rendered))
	}
	return output.String(), nil
}

func functions(root *template.Template) template.FuncMap {
	all := sprig.TxtFuncMap()
	// Helm's templates may not read the environment.
	delete(all, "env")
	delete(all, "expandenv")
	depth := 0
	all["include"] = func(name string, data interface{}) (string, error) {
		if depth++; depth > includeDepthMax {
			return "", fmt.Errorf("%s includes itself", name)
		}
		defer func() { depth-- }()
		var text strings.Builder
		err := root.ExecuteTemplate(&text, name, data)
		return text.String(), err
	}
	all["tpl"] = func(text string, data interface{}) (string, error) {
		copied, err := root.Clone()
		if err != nil {
			return "", err
		}
		parsed, err := copied.New("tpl").Parse(text)
		if err != nil {
			return "", err
		}
		var output strings.Builder
		err = parsed.Execute(&output, data)
		return output.String(), err
	}
	all["required"] = func(message string, value interface{}) (interface{}, error) {
		if value == nil || value == "" {
			return nil, errors.New(message)
		}
		return value, nil
	}
	// There is no cluster to look things up in.
	all["lookup"] = func(_, _, _, _ string) object { return object{} }
	all["toYaml"] = func(value interface{}) (string, error) {
		text, err := yaml.Marshal(value)
		return strings.TrimSuffix(string(text), "\n"), err
	}
	all["fromYaml"] = func(text string) (object, error) {
		value := object{}
		err := yaml.Unmarshal([]byte(text), &value)
		return value, err
	}
	return all
}
