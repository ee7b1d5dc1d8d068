#!/bin/sh
# A day with a cluster, by commands alone; every one of them ends with 0, or this script ends.
set -eu
export KUBECORE_SANDBOX=1                       # without this line it is AWS

kubecore up --yes                               # ends when the cluster is healthy

kubecore render unit myapp.service > myapp.service
kubecore unit start myapp.service               # the article's unit; ends when it runs
kubecore logs myapp --since 5m | grep 'Hello World'

kubecore pods create - <<END
{id: redis, kind: Pod, apiVersion: v1beta1, labels: {name: redis}, desiredState: {manifest:
  {version: v1beta1, id: redis, containers: [{name: redis, image: dockerfile/redis}]}}}
END
kubecore services create - <<END
{id: redis, kind: Service, apiVersion: v1beta1, port: 6379, containerPort: 6379, selector: {name: redis}}
END
kubecore controllers create - <<END
{id: web, kind: ReplicationController, apiVersion: v1beta1, labels: {name: web}, desiredState:
  {replicas: 1, replicaSelector: {name: web}, podTemplate: {labels: {name: web}, desiredState:
    {manifest: {version: v1beta1, id: web, containers: [{name: web, image: busybox}]}}}}}
END
kubecore controllers resize web 2
until kubecore status; do sleep 1; done         # 1 while something is not as it should be
kubecore pods list --selector name=web

kubecore scale 3                                # ends when the third minion is registered
kubecore sandbox fault minion-dies
while kubecore status --only machines,units,minions > seen; do sleep 1; done
grep -q 'is degraded' seen                      # what is wrong, why, and what to do
until kubecore status --only machines,units,minions; do sleep 2; done

kubecore pods delete redis --yes
kubecore services delete redis --yes
kubecore controllers delete web --yes
kubecore down --yes                             # ends when nothing is left
