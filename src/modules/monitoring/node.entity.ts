import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A worker process that is alive, or was until a moment ago. */
@Entity('nodes')
export class NodeEntity {
  @PrimaryColumn('uuid')
  id: string;

  @Column('text')
  role: string;

  @Column('text')
  host: string;

  @Column('integer')
  pid: number;

  /** Executions at once. */
  @Column('integer')
  concurrency: number;

  @Column('integer')
  running: number;

  @Column('timestamptz', { name: 'started_at', default: () => 'now()' })
  startedAt: Date;

  @Column('timestamptz', { name: 'heartbeat_at', default: () => 'now()' })
  heartbeatAt: Date;
}
