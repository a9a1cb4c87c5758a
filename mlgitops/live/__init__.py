"""What Argo CD and KubeRay said, and what it means: one named state for each model and environment, with its reason.

application.py   an Application, as `argocd app list` and `app get` tell it
ray_service.py   a RayService, as the operator left it in the cluster
states.py        the states, what each means and what it asks of a person
judge.py         what Git has × what was said → a state and its reason
runs.py          the newest training run
pods.py          why pods do not start
edits.py         what KubeRay accepted and does not act on
refused.py       the field that a refused object is refused for
awaited.py       whether what was asked for is live, has failed, or is on its way
differing.py     objects in Git against those in the cluster
row.py           all that is known of one model in one environment
picture.py       all rows, and what stands in the way of many
"""
