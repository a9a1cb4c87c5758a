"""What changes of objects do on a cluster: each kind in a module of its own, from data in `rules`."""
