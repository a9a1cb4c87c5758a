package mlgitops.governance.owner_test

import data.mlgitops.governance.owner

test_denies_a_model_without_one if count(owner.deny) == 1 with input as {"metadata": {"owner": null}}

test_allows_a_model_with_one if count(owner.deny) == 0 with input as {"metadata": {"owner": "@growth"}}
