"""Asks a hunting API with Microsoft's SDKs of Python: msgraph-sdk 1.65.0, which is given a token,
and msticpy 3.0.1, which signs in with a secret.

stdin: {"url", "token", "tenant_id", "client_id", "client_secret", "query"}
stdout: {"msgraph": [rows, first row], "msgraph_error": [status, code], "msticpy": [rows, first URL]}
"""
import asyncio
import json
import os
import sys
import tempfile

asked = json.load(sys.stdin)
url, token, query = asked["url"], asked["token"], asked["query"]


async def msgraph():
    from kiota_abstractions.authentication import (
        AccessTokenProvider,
        AllowedHostsValidator,
        BaseBearerTokenAuthenticationProvider,
    )
    from msgraph import GraphRequestAdapter, GraphServiceClient
    from msgraph.generated.models.o_data_errors.o_data_error import ODataError
    from msgraph.generated.security.microsoft_graph_security_run_hunting_query.run_hunting_query_post_request_body import (
        RunHuntingQueryPostRequestBody,
    )

    class Static(AccessTokenProvider):
        async def get_authorization_token(self, uri, additional_authentication_context={}):
            return token

        def get_allowed_hosts_validator(self):
            return AllowedHostsValidator(["127.0.0.1"])

    def client(provider):
        adapter = GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(provider))
        adapter.base_url = f"{url}/v1.0"
        return GraphServiceClient(request_adapter=adapter)

    async def run(provider, text):
        body = RunHuntingQueryPostRequestBody(query=text)
        return await client(provider).security.microsoft_graph_security_run_hunting_query.post(body)

    answer = await run(Static(), query)
    first = answer.results[0].additional_data
    names = [[column.name, column.type] for column in answer.schema]
    try:
        await run(Static(), "UrlClickEvents | where Url < 1")
        refused = None
    except ODataError as error:
        refused = [error.response_status_code, error.error.code, error.error.message]
    try:
        await client(Static()).me.get()
        missing = None
    except ODataError as error:
        missing = [error.response_status_code, error.error.code]
    return {
        "msgraph": [len(answer.results), first["Url"], names],
        "msgraph_refused": refused,
        "msgraph_missing": missing,
    }


def msticpy():
    with tempfile.TemporaryDirectory() as folder:
        # msticpy reads a configuration of its own, and is told that there is none.
        config = os.path.join(folder, "msticpyconfig.yaml")
        open(config, "w").write("{}\n")
        os.environ["MSTICPYCONFIG"] = config
        os.environ["HOME"] = folder
        os.chdir(folder)
        from msticpy.data.core.query_defns import DataEnvironment
        from msticpy.data.drivers.mdatp_driver import MDATPDriver

        driver = MDATPDriver(data_environment=DataEnvironment.M365DGraph)
        driver.oauth_url = url + "/{tenantId}/oauth2/v2.0/token"
        driver.api_root = url
        driver.connect(
            f"tenant_id={asked['tenant_id']};client_id={asked['client_id']};"
            f"client_secret={asked['client_secret']};apiRoot={url}"
        )
        frame = driver.query(query)
        return {"msticpy": [len(frame), str(frame["Url"][0]), str(frame["Timestamp"].dtype)]}


# Only what it is asked for stands on stdout.
out, sys.stdout = sys.stdout, sys.stderr
found = asyncio.run(msgraph())
found.update(msticpy())
json.dump(found, out)
