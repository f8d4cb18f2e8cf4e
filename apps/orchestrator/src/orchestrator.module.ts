import { Inject, Module, type DynamicModule, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { openSubgraph } from '@slipway/service';
import { OrchestratorService, type OrchestratorOptions } from './orchestrator.service.js';

const OPTIONS = Symbol('orchestrator options');

/** The orchestrator as a Nest service: make it so. */
@Module({})
export class OrchestratorModule implements OnModuleInit, OnModuleDestroy {
  #service: OrchestratorService | null = null;

  constructor(
    @Inject(OPTIONS) private readonly options: OrchestratorOptions,
    @Inject(HttpAdapterHost) private readonly adapter: HttpAdapterHost,
  ) {}

  static with(options: OrchestratorOptions): DynamicModule {
    return { module: OrchestratorModule, providers: [{ provide: OPTIONS, useValue: options }] };
  }

  /** Running, once the application has been initialised. */
  get service(): OrchestratorService {
    if (this.#service === null) throw new Error('the orchestrator has not been started');
    return this.#service;
  }

  async onModuleInit(): Promise<void> {
    const http = this.adapter.httpAdapter.getInstance<Parameters<typeof openSubgraph>[1]>();
    this.#service = await OrchestratorService.start(this.options, http);
  }

  async onModuleDestroy(): Promise<void> {
    await this.#service?.close();
  }
}
