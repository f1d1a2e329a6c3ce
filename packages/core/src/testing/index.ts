export { describeResource } from './describe-resource.ts'
export type { DescribeResourceOptions, SuiteRunner } from './describe-resource.ts'
