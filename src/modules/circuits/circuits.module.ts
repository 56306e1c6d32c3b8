import { Module } from '@nestjs/common';
import { CircuitStore } from './circuit-store.js';

/** Circuit breakers of endpoint origins; owns circuit_breakers and circuit_waits. */
@Module({ providers: [CircuitStore], exports: [CircuitStore] })
export class CircuitsModule {}
