"""A platform team's `environments/<env>/kustomization.yaml`: checked, routed to the models it touches, applied.

    checked = read_kustomization(files, "environments/prod")           # check.py
    extras = environment_objects(checked, build_all)                   # customize.py
    customized = customize(checked, models, build_all)                 # customize.py

Its resources and generators are built once, for the environment. Its patches, labels, annotations and images are
applied to the objects of the models too, in shards, since one large kustomization is slower than its parts; what comes
out is, byte for byte, what one build of everything would give. All here is pure: `build_all` starts kustomize.
"""
