"""The page at `/`."""

__all__ = ["PAGE"]

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Stance</title>
<style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto; padding: 0 1rem }</style>
<h1>Stance</h1>
<p>Who stands where on a claim: this server finds the quoted statements of a news article and labels each one
support, denial or hedge toward the claims that you give.</p>
<ul>
<li><code>POST /v1/analyze</code> an article and claims</li>
<li><code>POST /v1/stance</code> pairs of a claim and a statement</li>
<li><code>POST /v1/systemone</code> choice questions of the System One protocol</li>
<li><a href="/v1/info">/v1/info</a> the model and the limits</li>
<li><a href="/docs.json">/docs.json</a> all of it as OpenAPI</li>
</ul>
</html>
"""
