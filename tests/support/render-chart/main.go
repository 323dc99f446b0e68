// Renders the templates of a chart as Helm does: Go's own text/template with sprig, and the few functions that Helm adds.
// Arguments: the folder of the chart. Input: the template's context as JSON. Output: text by file name, as JSON.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"gopkg.in/yaml.v3"
)

func main() {
	folder := os.Args[1]
	var context map[string]interface{}
	if err := json.NewDecoder(os.Stdin).Decode(&context); err != nil {
		fail(err)
	}
	all := template.New("chart").Option("missingkey=zero")
	all.Funcs(functions(all))
	files, err := filepath.Glob(filepath.Join(folder, "templates", "*"))
	if err != nil {
		fail(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			fail(err)
		}
		if _, err := all.New(nameOf(file)).Parse(string(text)); err != nil {
			fail(err)
		}
	}
	rendered := map[string]string{}
	for _, file := range files {
		if strings.HasPrefix(filepath.Base(file), "_") {
			continue
		}
		context["Template"] = map[string]interface{}{"Name": nameOf(file), "BasePath": "cco/templates"}
		var out bytes.Buffer
		if err := all.ExecuteTemplate(&out, nameOf(file), context); err != nil {
			fail(err)
		}
		// As in Helm: a value that is not there prints nothing.
		rendered[filepath.Base(file)] = strings.ReplaceAll(out.String(), "<no value>", "")
	}
	if err := json.NewEncoder(os.Stdout).Encode(rendered); err != nil {
		fail(err)
	}
}

func nameOf(file string) string { return "cco/templates/" + filepath.Base(file) }

func functions(all *template.Template) template.FuncMap {
	known := sprig.TxtFuncMap()
	// Helm takes them away: a chart must not read the environment of the person who installs it.
	delete(known, "env")
	delete(known, "expandenv")
	known["include"] = func(name string, data interface{}) (string, error) {
		var out strings.Builder
		err := all.ExecuteTemplate(&out, name, data)
		return out.String(), err
	}
	known["toYaml"] = func(value interface{}) (string, error) {
		var out bytes.Buffer
		encoder := yaml.NewEncoder(&out)
		encoder.SetIndent(2)
		err := encoder.Encode(value)
		return strings.TrimSuffix(out.String(), "\n"), err
	}
	known["required"] = func(message string, value interface{}) (interface{}, error) {
		if value == nil || value == "" {
			return nil, fmt.Errorf("%s", message)
		}
		return value, nil
	}
	return known
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
