import type { ComponentChild, JSX } from 'preact'
import type { Finding, FlakeReport } from '../data.ts'
import { titleOf } from '../data.ts'
import { duration, moment, percent } from '../figures.ts'
import { Tags, Verdict } from '../parts/badge.tsx'
import { Command } from '../parts/command.tsx'
import { RateChart } from '../parts/rate-chart.tsx'
import { ErrorView } from './error-view.tsx'
import { Experiments } from './experiments.tsx'
import { OtherFindings } from './other-findings.tsx'
import { Parties, TestName } from './parties.tsx'
import { sentenceOf } from './sentence.ts'

interface Props {
  readonly report: FlakeReport
  readonly finding: Finding
  readonly number: number
}

/** One finding in full: what it is, how sure that is, what makes it fail, and how to see it again. */
export function FindingDetail({ report, finding, number }: Props): JSX.Element {
  const { test, verdict, confidence, runnerUp, evidence, nextSteps, first, culprits } = finding
  const isRun = test.file === ''
  const shared = evidence.filter(({ kind }) => sharing.has(kind))
  const other = evidence.filter(({ kind }) => !sharing.has(kind) && kind !== 'product-race')
  const hasTimeline = (report.runs ?? []).some(({ workers }) => workers.length > 0)
  return (
    <article class="finding" aria-labelledby="finding-title" tabIndex={-1}>
      <header>
        <p class="line">
          <Verdict verdict={verdict} />
          <Tags finding={finding} />
        </p>
        <h1 id="finding-title">{titleOf(finding)}</h1>
        {!isRun && (
          <p class="file">
            {test.project !== '' && <span class="project">{test.project}</span>}
            <code>
              {test.file}
              {test.line !== undefined && `:${test.line}`}
            </code>
          </p>
        )}
        <p class="sentence">{sentenceOf(finding)}</p>
        {evidence
          .filter(({ kind }) => kind === 'product-race')
          .map(({ detail }) => (
            <p key={detail} class="callout warn">
              <strong>Possibly a race in the product:</strong> {detail}
            </p>
          ))}
        <Quarantined finding={finding} />
      </header>

      <dl class="facts">
        <Fact name="Confidence">
          <span class="level" aria-hidden="true">
            <span style={{ width: percent(confidence).replace(' ', '') }} />
          </span>
          <strong>{percent(confidence)}</strong>
          {runnerUp !== undefined && (
            <small>
              next likely: {runnerUp.verdict},{' '}
              {runnerUp.confidence < 0.01 ? 'under 1 %' : percent(runnerUp.confidence)}
            </small>
          )}
        </Fact>
        <Fact name="Impact">
          <span class={`impact ${finding.impact}`}>{finding.impact}</span>
          <small>{impacts[finding.impact]}</small>
        </Fact>
        {(first.slot !== undefined || first.worker !== undefined || first.port !== undefined) && (
          <Fact name="Where it failed first">
            <span>{whereOf(first)}</span>
            {hasTimeline && <a href={`#/timeline/${number}`}>Show in the timeline</a>}
          </Fact>
        )}
        {first.startedAt !== undefined && (
          <Fact name="When">
            <span>{moment(first.startedAt)}</span>
            {first.durationMs !== undefined && (
              <small>failed after {duration(first.durationMs)}</small>
            )}
          </Fact>
        )}
      </dl>

      <section>
        <h2>See it again</h2>
        <Command text={finding.reproduce} label="Command that reproduces it" />
      </section>

      {(shared.length > 0 || culprits.length > 0) && (
        <section>
          <h2>What makes it fail</h2>
          {shared.map(({ kind, detail, tests, slots }) => (
            <div key={detail} class="box">
              <p>
                <span class="badge plain">{kind}</span> {detail}
              </p>
              <Parties tests={tests} slots={slots} victim={test.key} />
            </div>
          ))}
          {culprits.map(({ role, key, ...tally }) => (
            <div key={role + key} class="box">
              <p>
                <span class="badge culprit">{role}</span> <TestName of={key} />
              </p>
              <RateChart
                caption={`How often the test fails with and without ${key}`}
                rates={[
                  { label: 'with it', counts: tally.with },
                  { label: 'without it', counts: tally.without },
                ]}
              />
            </div>
          ))}
        </section>
      )}

      {!isRun && (
        <section>
          <h2>Experiments</h2>
          <Experiments report={report} finding={finding} />
        </section>
      )}

      {nextSteps.length > 0 && (
        <section>
          <h2>Next steps</h2>
          <ol class="steps">
            {nextSteps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        </section>
      )}

      {first.error !== undefined && (
        <section>
          <h2>Error</h2>
          <ErrorView error={first.error} />
        </section>
      )}

      {other.length > 0 && (
        <section>
          <h2>Evidence</h2>
          <ul class="evidence">
            {other.map(({ kind, detail, tests, slots }) => (
              <li key={kind + detail}>
                <span class="badge plain">{kind}</span> {detail}
                {tests.length > 1 && <Parties tests={tests} slots={slots} />}
              </li>
            ))}
          </ul>
        </section>
      )}
      <OtherFindings report={report} number={number} />
    </article>
  )
}

const sharing = new Set(['port', 'file', 'database', 'account', 'mail', 'intervention'])

const impacts: Readonly<Record<Finding['impact'], string>> = {
  high: 'blocks work, or hides a defect of the product',
  medium: 'makes runs red now and then',
  low: 'has been seen once',
}

function whereOf({ slot, worker, port }: Finding['first']): string {
  const parts = [
    slot === undefined ? undefined : `slot ${slot}`,
    worker === undefined ? undefined : `worker ${worker}`,
    port === undefined ? undefined : `port ${port}`,
  ]
  return parts.filter((part) => part !== undefined).join(' · ')
}

function Fact({ name, children }: { name: string; children: ComponentChild }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function Quarantined({
  finding: { quarantine, verdict },
}: {
  finding: Finding
}): JSX.Element | null {
  if (quarantine === undefined) return null
  const { state, owner, reason, issue, expires } = quarantine
  const says = {
    active: `In quarantine until ${expires}: it does not fail the run.`,
    expired: `Its quarantine ended on ${expires}: it fails the run again.`,
    'not-covered': `In quarantine, which does not cover ${verdict}: it fails the run.`,
  }
  return (
    <p class={`callout ${state === 'active' ? '' : 'warn'}`}>
      {says[state]} {owner}: {reason}
      {issue !== undefined && (
        <>
          {' '}
          <Issue text={issue} />
        </>
      )}
    </p>
  )
}

/** An issue as a link, when it is the address of a web page. */
export function Issue({ text }: { text: string }): JSX.Element {
  return /^https?:\/\/\S+$/.test(text) ? (
    <a href={text} rel="noreferrer noopener" target="_blank">
      {text}
    </a>
  ) : (
    <span>{text}</span>
  )
}
