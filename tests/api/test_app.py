"""Routing, authentication and the one shape of errors."""


def test_smoke(client, submit, runner, clock):
    import json
    u = submit(instanceCount=4, resultBucket="out", constants=[{"key":"A","value":1}])
    print(client.get(f"/tasks/{u}").text)
    ls = runner.lease(3)
    runner.begin(ls[0].token); clock.now += 1_500_000
    runner.end(ls[1].token, execution_us=1_000_000, results=["a.txt"])
    from stokehold.domain.errors import Failure, Faults
    runner.end(ls[2].token, exit_code=3, failure=Failure.of(Faults.EXIT_CODE, code=3))
    r = client.get(f"/V1//Tasks/{u}/"); print(json.dumps(r.json(), indent=1))
    for m, p in [("GET","/tasks"),("GET","/tasks/summaries"),("GET","/info"),("GET","/profiles"),("GET","/profiles/docker-batch"),("GET","/settings"),("GET","/health"),("GET","/metrics"),("GET","/openapi.json"),("GET",f"/tasks/{u}/stdout"),("POST",f"/tasks/{u}/stdout/1"),("GET",f"/tasks/{u}/stdout/9"),("POST","/tasks/paginate"),("POST","/tasks/summaries/paginate"),("POST","/tasks/search"),("GET","/pools"),("GET","/nothing"),("PUT","/settings"),("POST",f"/tasks/{u}/abort"),("DELETE",f"/tasks/{u}"),("GET",f"/tasks/{u}")]:
        r = client.request(m, p); print(m, p, r.status_code, r.text[:200])
