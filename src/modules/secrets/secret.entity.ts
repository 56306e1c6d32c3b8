import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row of `secrets`: a named value that configurations refer to, sealed. */
@Entity({ name: 'secrets', synchronize: false })
export class SecretEntity {
  @PrimaryColumn('text')
  name: string;

  /** Bound to the scope `secret` and the name. */
  @Column('text')
  envelope: string;

  @Column('text', { name: 'allowed_hosts', array: true, nullable: true })
  allowedHosts: string[] | null;

  /** Whose jobs may use it; null: those of every project. */
  @Column('text', { array: true, nullable: true })
  projects: string[] | null;

  @Column('text', { name: 'created_by' })
  createdBy: string;

  @Column('text', { name: 'updated_by' })
  updatedBy: string;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt: Date;

  @Column({ name: 'updated_at', type: 'timestamptz', precision: 3 })
  updatedAt: Date;
}
