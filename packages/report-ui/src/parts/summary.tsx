import type { JSX } from 'preact'
import type { FlakeReport } from '../data.ts'
import { count, duration } from '../figures.ts'

const states: Readonly<Record<number, { tone: string; text: string }>> = {
  0: { tone: 'good', text: 'Nothing fails the run' },
  1: { tone: 'bad', text: 'Tests fail consistently' },
  3: { tone: 'flaky', text: 'Flaky tests' },
  4: { tone: 'bad', text: 'The machine or the runner failed' },
  5: { tone: 'flaky', text: 'Not decided: the budget ended first' },
  130: { tone: 'faint', text: 'Interrupted' },
}

/** The run in one strip: state, totals, times, command. */
export function Summary({ report }: { report: FlakeReport }): JSX.Element {
  const { totals, wallMs, command, exitCode } = report
  const state = stateOf(report)
  const parts = [
    { name: 'passed', tone: 'good', value: totals.passed },
    { name: 'failed', tone: 'bad', value: totals.failed },
    { name: 'without a result', tone: 'lost', value: totals.missing },
    { name: 'skipped', tone: 'faint', value: totals.skipped },
  ].filter(({ value }) => value > 0)
  return (
    <section class="summary" aria-label="Result">
      <div class="state">
        <span class={`dot ${state.tone}`} aria-hidden="true" />
        <strong>{state.text}</strong>
        <span class="faint">exit code {exitCode}</span>
      </div>
      <dl class="totals">
        <div>
          <dt>{totals.tests === 1 ? 'test' : 'tests'}</dt>
          <dd>{totals.tests.toLocaleString('en')}</dd>
        </div>
        {parts.map(({ name, tone, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd class={tone}>{value.toLocaleString('en')}</dd>
          </div>
        ))}
        <div>
          <dt>run</dt>
          <dd>{duration(wallMs.parallel)}</dd>
        </div>
        {wallMs.experiments > 0 && (
          <div>
            <dt>experiments</dt>
            <dd>{duration(wallMs.experiments)}</dd>
          </div>
        )}
      </dl>
      {parts.length > 0 && (
        <div
          class="share"
          role="img"
          aria-label={parts.map(({ name, value }) => `${value} ${name}`).join(', ')}
        >
          {parts.map(({ name, tone, value }) => (
            <span
              key={name}
              class={tone}
              style={{ flexGrow: value }}
              title={count(value, name, name)}
            />
          ))}
        </div>
      )}
      <code class="command" title="The command">
        $ {command.join(' ')}
      </code>
    </section>
  )
}

function stateOf({ exitCode, findings, totals }: FlakeReport): { tone: string; text: string } {
  if (totals.tests === 0 && exitCode === 0) return { tone: 'faint', text: 'No test ran' }
  if (exitCode === 0 && findings.length === 0) return { tone: 'good', text: 'No test failed' }
  // Findings that would fail the run, and it did not fail: they were asked for, with `--expect`.
  if (exitCode === 0 && findings.some(({ failsRun }) => failsRun === true)) {
    return { tone: 'good', text: 'The findings are the expected ones' }
  }
  return states[exitCode] ?? { tone: 'faint', text: `Exit code ${exitCode}` }
}
