import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { NodeEntity } from './node.entity.js';

/** A worker without a heartbeat for so long is taken for dead. */
const ALIVE_SECONDS = 20;

/** The worker processes that are alive. */
@Injectable()
export class Nodes {
  constructor(@InjectRepository(NodeEntity) private readonly nodes: Repository<NodeEntity>) {}

  async register(node: Pick<NodeEntity, 'id' | 'role' | 'host' | 'pid' | 'concurrency'>): Promise<void> {
    await this.nodes.insert(node);
  }

  async beat(id: string, running: number): Promise<void> {
    await this.nodes.update(id, { running, heartbeatAt: () => 'now()' });
  }

  async remove(id: string): Promise<void> {
    await this.nodes.delete(id);
  }

  /** The nodes with a recent heartbeat. */
  async alive(): Promise<NodeEntity[]> {
    return this.nodes
      .createQueryBuilder('n')
      .where(`n.heartbeat_at > now() - make_interval(secs => :alive)`, { alive: ALIVE_SECONDS })
      .orderBy('n.started_at')
      .getMany();
  }

  /** Forgets nodes that died long ago. @returns how many */
  async forgetDead(olderThanSeconds: number): Promise<number> {
    const { affected } = await this.nodes
      .createQueryBuilder()
      .delete()
      .where(`heartbeat_at < now() - make_interval(secs => :age)`, { age: olderThanSeconds })
      .execute();
    return affected ?? 0;
  }
}
