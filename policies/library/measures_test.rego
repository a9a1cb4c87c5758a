package mlgitops.library.measures_test

import data.mlgitops.library.measures

test_seconds if {
	measures.seconds("1500ms") == 1.5
	measures.seconds("7s") == 7
	measures.seconds("2m") == 120
	measures.seconds("6h") == 21600
	measures.seconds("3d") == 259200
}

test_no_duration if {
	every text in ["", "6", "h", "6w", "6 h", "six hours"] { not measures.within(text, "9999d") }
	not measures.within(null, "1h")
	not measures.within("1h", null)
}

test_within if {
	measures.within("60m", "1h")
	measures.within("1h", "2h")
	not measures.within("61m", "1h")
}

test_workers if {
	measures.workers({"workers": 4}) == 4
	measures.workers({"workers": {"min": 1, "max": 7}}) == 7
}

test_replicas if {
	measures.replicas({"replicas": {"min": 2, "max": 6}}) == 6
	measures.replicas({"replicas": {"min": 2, "max": null}}) == 2
}
