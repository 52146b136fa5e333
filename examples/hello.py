"""Hello from four instances: a script for the public `qarnot` SDK, as it would be written for any server.

export QARNOT_CLUSTER_URL=http://127.0.0.1:8080
export QARNOT_CLIENT_TOKEN=$(cat ~/.local/share/stokehold/admin.token)
.venv/bin/python examples/hello.py
"""

import qarnot

connection = qarnot.Connection()  # reads QARNOT_CLUSTER_URL and QARNOT_CLIENT_TOKEN

poem = connection.create_bucket("hello-in")
poem.add_string("the fire is lit\n", "poem.txt")

task = connection.create_task("hello", "docker-batch", 4)
task.resources = [poem]
task.results = connection.create_bucket("hello-out")
task.constants["DOCKER_CMD"] = (
    'sh -c "tr a-z A-Z < poem.txt > verse-${INSTANCE_ID}.txt; echo hello from ${INSTANCE_ID}"'
)

task.run(output_dir="hello-out")
print(task.state)
print(task.stdout())
