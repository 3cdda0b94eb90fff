"""What AWS keeps of past deployments, as records: events, tasks, deployments, polls, alarms.

`reading.read_observed` reads the files, `messages` the wordings of service events, and
`chains.deployments_of` finds the deployments in the events.
"""
