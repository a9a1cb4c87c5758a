-- Healthy while the head is ready and once all pods were ready; the operator never takes the latter back. Clusters of
-- a RayJob or RayService are seen in the tree of their owner.
local function health(status, message)
  return {status = status, message = message}
end

local status = obj.status or {}
local conditions, known = {}, false
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
  known = true
end
local function is(name)
  return conditions[name] ~= nil and conditions[name].status == "True"
end
local function explained(text, name)
  local said = (conditions[name] or {}).message or ""
  return text .. (said ~= "" and ": " .. said or "")
end

if is("RayClusterSuspended") or status.state == "suspended" then
  return health("Suspended", "the cluster is suspended")
end
if is("RayClusterSuspending") then
  return health("Progressing", "the cluster is being suspended")
end
if is("ReplicaFailure") then
  return health("Degraded", explained("a pod could not be made or removed", "ReplicaFailure"))
end
if status.state == "failed" then
  return health("Degraded", "the cluster failed" .. (status.reason and ": " .. status.reason or ""))
end
if status.observedGeneration ~= nil and status.observedGeneration ~= obj.metadata.generation then
  return health("Progressing", "KubeRay has not taken up the last change yet")
end
if not known then
  -- Without the gate RayClusterStatusConditions there is the deprecated state alone.
  if status.state == "ready" then
    return health("Healthy", "the cluster is ready")
  end
  return health("Progressing", "KubeRay has not looked at the cluster yet")
end
if not is("HeadPodReady") then
  return health("Progressing", explained("the head is not ready", "HeadPodReady"))
end
if not is("RayClusterProvisioned") then
  return health("Progressing", explained("pods are not ready yet", "RayClusterProvisioned"))
end
return health("Healthy", "the cluster is ready")
