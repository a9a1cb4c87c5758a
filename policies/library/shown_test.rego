package mlgitops.library.shown_test

import data.mlgitops.library.shown

test_values if {
	shown.value("a b") == "'a b'"
	shown.value("") == "''"
	shown.value(null) == "nothing"
	shown.value(true) == "true"
	shown.value(0) == "0"
	shown.value(0.97) == "0.97"
	shown.value([]) == "[]"
	shown.value(["ALL", "x"]) == "[ALL, x]"
	shown.value(numbers.range(1, 9)) == "a list"
	shown.value([1]) == "a list"
	shown.value(["1", "2", "3", "4", "5", "6", "7", "8"]) == "[1, 2, 3, 4, 5, 6, 7, 8]"
	shown.value(["1", "2", "3", "4", "5", "6", "7", "8", "9"]) == "a list"
	shown.value({"a": 1}) == "a map"
}

test_at if {
	shown.at({"a": {"b": "c"}}, ["a", "b"]) == "'c'"
	shown.at({"a": {"b": "c"}}, ["a", "x"]) == "nothing"
	shown.at({"a": null}, ["a", "b"]) == "nothing"
	shown.at(null, ["a"]) == "nothing"
	shown.at("text", ["a"]) == "nothing"
}

test_names if {
	shown.names([]) == "none"
	shown.names({"b", "a"}) == "a, b"
	shown.names(["b", "a"]) == "a, b"
}

test_key if shown.key("a/b~c") == "a~1b~0c"
