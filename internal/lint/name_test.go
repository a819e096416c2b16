package lint

import (
	"testing"
	"testing/fstest"

	"github.com/pid1lint/pid1lint/internal/config"
)

func TestKindOfName(t *testing.T) {
	for kind, names := range map[nameKind][]string{
		dockerfileName: {
			"Dockerfile", "a/b/Dockerfile", "dockerfile", "DOCKERFILE", "Containerfile", "containerfile", "Dockerfile.dev", "Dockerfile.alpine",
			"Dockerfile-alpine", "Dockerfile_prod", "Dockerfile2", "Dockerfile.next-4.3.1", "Dockerfile.in-memory", "api.Dockerfile", "app.dockerfile",
			"python3.11-slim.dockerfile", "app.containerfile", "Containerfile.ubi9", "Dockerfile.node.js20",
		},
		likeDockerfile: {"ok_dockerfile", "my-dockerfile", "Dockerfiles", "DockerfileProd"},
		templateName: {
			"Dockerfile.template", "Dockerfile-alpine.template", "Dockerfile.j2", "Dockerfile.tmpl", "Dockerfile.in", "Dockerfile.erb",
			"Dockerfile.jinja", "Dockerfile.tpl", "Dockerfile.mustache", "Dockerfile-debian-perl.template", "Dockerfile.template.alpine",
		},
		besideName: {"Dockerfile.dockerignore", "Dockerfile.dev.dockerignore", "Containerfile.containerignore"},
		scriptName: {"start.sh", "a/entrypoint.bash", "Dockerfile.sh", "run.ksh"},
		otherName: {
			"Dockerfile.md", "Dockerfile.go", "Dockerfile.py", "dockerfile.json", "Dockerfile~", "Dockerfile.swp", "README", "main.go", "api.Dockerfile.tmpl",
			".dockerignore", "Makefile", "compose.go",
		},
		composeName: {"compose.yaml", "docker-compose.yml", "docker-compose.prod.yml", "compose.override.yaml", "db.compose.yml", "podman-compose.yml", "DOCKER-COMPOSE_2.YAML"},
		yamlName:    {"deploy.yaml", "composer.yml", "decompose.yml", ".gitlab-ci.yml", "Dockerfile.yaml"},
	} {
		for _, name := range names {
			if got := kindOfName(name); got != kind {
				t.Errorf("kindOfName(%q) = %d, want %d", name, got, kind)
			}
		}
	}
}

func TestLooksLikeDockerfile(t *testing.T) {
	for src, want := range map[string]bool{
		"FROM alpine\n": true,
		"\ufeff# syntax=docker/dockerfile:1\n\n# base\nARG TAG=3\nfrom alpine:$TAG\n": true,
		"FROM":                          false,
		"":                              false,
		"From me to you\nDear all\n":    true, // text that starts like this is rare enough
		"#!/bin/sh\necho FROM\n":        false,
		"ARG X\nRUN true\nFROM x\n":     true,
		"all: build\nFROM alpine\n":     false,
		"package main\n\nFROM alpine\n": false,
	} {
		if got := looksLikeDockerfile(src); got != want {
			t.Errorf("looksLikeDockerfile(%q) = %v, want %v", src, got, want)
		}
	}
}

// TestNotOne checks that what only has the name of a Dockerfile is passed over, and that a Dockerfile that is broken is not.
func TestNotOne(t *testing.T) {
	fsys := fstest.MapFS{
		"tool/dockerfile.clj":    {Data: []byte("(ns tool.dockerfile)\n")},
		"eng/Dockerfile.install": {Data: []byte("{{ARGS}}\nFROM debian\n")},
		"app/Dockerfile":         {Data: []byte("FRM debian\n")},
	}
	project, err := Load(fsys, &config.Config{}, []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	problems := project.Run(nil).Problems
	if len(problems) != 1 || problems[0].Path != "app/Dockerfile" {
		t.Errorf("problems: %+v", problems)
	}
}
