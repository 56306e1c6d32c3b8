/** The public API, as any client would use it. */
export class DemoClient {
  constructor(url, token) {
    this.base = `${url}/api/v1/scheduler`;
    this.headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  }

  async request(method, path, body) {
    const response = await fetch(this.base + path, {
      method,
      headers: body === undefined ? { authorization: this.headers.authorization } : this.headers,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  }

  createJob(definition) {
    return this.request('POST', '/jobs', definition);
  }

  executions(jobId) {
    return this.request('GET', `/jobs/${jobId}/executions?pageSize=20`);
  }

  /** Earlier demos left their jobs in the same database. */
  async removeOldDemoJobs() {
    const { items } = await this.request('GET', '/jobs?tag=demo&pageSize=200');
    for (const job of items) await this.request('DELETE', `/jobs/${job.id}?hardDelete=true`);
  }
}
