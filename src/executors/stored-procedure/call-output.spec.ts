import { callOutput, NoticeList } from './call-output.js';

describe('the output of a call', () => {
  it('leaves rows out that are too large together, and says so', () => {
    const row = { text: 'x'.repeat(400_000) };
    expect(callOutput({ rows: [row, row, row], outParameters: {} }, new NoticeList(), 10)).toMatchObject({
      rowCount: 2,
      truncated: true,
    });
  });

  it('shortens long notices', () => {
    const notices = new NoticeList();
    notices.add({ severity: 'NOTICE', message: 'y'.repeat(5_000) });
    expect(notices.toJson()).toEqual([{ severity: 'NOTICE', message: 'y'.repeat(1_000) }]);
  });
});
