# Values as they stand in messages.
#
#   sprintf("replicas must be at least 2, got %s", [shown.value(replicas)])
package mlgitops.library.shown

# Text in quotes, numbers, truths and short lists of text as they are; of other lists, and of maps, what they are.
value(x) := sprintf("'%s'", [x]) if {
	is_string(x)
} else := "nothing" if {
	is_null(x)
} else := sprintf("[%s]", [concat(", ", [item | some item in x; is_string(item)])]) if {
	is_array(x)
	count(x) <= 8
	every item in x { is_string(item) }
} else := "a list" if {
	is_array(x)
} else := "a map" if {
	is_object(x)
} else := json.marshal(x)

# What stands at a path of keys in whatever that is, as in `value`.
at(map, path) := value(object.get(map, path, null)) if {
	is_object(map)
} else := "nothing"

# Names in order, or "none".
names(list) := "none" if {
	count(list) == 0
} else := concat(", ", sort(list))

# A key as a part of a JSON pointer.
key(text) := replace(replace(text, "~", "~0"), "/", "~1")
