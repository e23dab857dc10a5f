// An OpenID-certified server (npm oidc-provider) that is laid out as Entra's sign-in service is. It
// judges how we sign in: whether a secret or an assertion is good is for the library to say.
//
// argv: the folder with node_modules. stdin, one line of JSON: {"tenant", "clients": [{"id", and
// either "secret" or "key" (a public key or certificate in PEM); "thumbprints": true where an
// assertion must name its certificate}]}. stdout, one line: {"url"}. Ends when stdin is closed.
import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import http from 'node:http';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

// The packages stand where the install script puts them, not beside this file.
const load = (path) => import(pathToFileURL(`${process.argv[2]}/node_modules/${path}`));
const { default: Provider, errors } = await load('oidc-provider/lib/index.js');

const GRAPH = 'https://graph.microsoft.com';
const SCOPE = `${GRAPH}/.default`;

const lines = createInterface({ input: process.stdin });
const { tenant, clients } = JSON.parse((await lines[Symbol.asyncIterator]().next()).value);
process.stdin.on('close', () => process.exit(0)).resume();

// The public key has neither "alg" nor "kid", so that it fits both algorithms of signature.
const registered = ({ id, secret, key }) => ({
  client_id: id,
  grant_types: ['client_credentials'],
  response_types: [],
  redirect_uris: [],
  ...(secret
    ? { client_secret: secret, token_endpoint_auth_method: 'client_secret_post' }
    : {
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [{ ...createPublicKey(key).export({ format: 'jwk' }), use: 'sig' }] },
      }),
});

// What Entra wants to see of a certificate, beyond what the library checks of every assertion.
function wantsThumbprint(client, header) {
  const { raw } = new X509Certificate(client.key);
  const [name, hash] = header.alg === 'PS256' ? ['x5t#S256', 'sha256'] : ['x5t', 'sha1'];
  if (header[name] !== createHash(hash).update(raw).digest('base64url')) {
    throw new errors.InvalidClientAuth(`key not found by ${name}`);
  }
}

// Entra's codes for what the library finds wrong.
const CODES = [
  [/secret/, 7000215, 'Invalid client secret provided.'],
  [/key not found|signature/, 700027, 'The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found.]'],
  [/audience/, 700023, 'Client assertion audience claim does not match Realm issuer.'],
  [/client_id mismatch|\biss\b|\bsub\b/, 700021, 'Client assertion application identifier does not match \'client_id\' parameter.'],
  [/expired|not active|\bexp\b|\bnbf\b/, 700024, 'Client assertion is not within its valid time range.'],
];

function asEntra(body, why) {
  const [, code, text] = CODES.find(([pattern]) => pattern.test(why)) ?? [];
  if (!code) return { ...body, error_description: why };
  return { error: body.error, error_description: `AADSTS${code}: ${text}`, error_codes: [code] };
}

let handler;
// "/gateway" before a path is what something in between takes away.
const server = http.createServer((request, response) => {
  request.url = request.url.replace(/^\/gateway/, '');
  handler(request, response);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(url, {
  clients: clients.map(registered),
  routes: { token: `/${tenant}/oauth2/v2.0/token` },
  clientAuthMethods: ['client_secret_post', 'private_key_jwt'],
  enabledJWA: { clientAuthSigningAlgValues: ['PS256', 'RS256'] },
  clockTolerance: 5,
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    // Makes ".default" a scope that is known, though the client names no resource.
    resourceIndicators: {
      enabled: true,
      defaultResource: () => GRAPH,
      getResourceServerInfo: (context) => {
        if (context.oidc.params.scope !== SCOPE) throw new errors.InvalidScope('not ours', context.oidc.params.scope);
        return { scope: SCOPE, audience: GRAPH, accessTokenFormat: 'jwt', accessTokenTTL: 3599, jwt: { sign: { alg: 'RS256' } } };
      },
    },
  },
  assertJwtClientAuthClaimsAndHeader(context, claims, header) {
    const client = clients.find(({ id }) => id === claims.iss);
    if (client.thumbprints) wantsThumbprint(client, header);
    if (claims.sub !== claims.iss) throw new errors.InvalidClientAuth('sub is not the client');
    if (!(claims.exp - claims.nbf <= 600)) throw new errors.InvalidClientAuth('exp and nbf are not within ten minutes');
  },
  extraTokenClaims: (context) => ({ tid: tenant, roles: context.oidc.client.clientId.endsWith('f') ? [] : ['ThreatHunting.Read.All'] }),
});

provider.on('grant.error', (context, error) => {
  context.why = [error.error_detail, error.cause?.message, error.error_description].filter(Boolean).join(': ');
});
provider.use(async (context, next) => {
  await next();
  if (context.body?.error) context.body = asEntra(context.body, context.why ?? '');
});
handler = provider.callback();
process.stdout.write(`${JSON.stringify({ url })}\n`);
