import { Inject, Module, type DynamicModule, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { openSubgraph } from '@slipway/service';
import { RegistryService, type RegistryOptions } from './registry.service.js';

const OPTIONS = Symbol('registry options');

/** The registry as a Nest service: what should run. */
@Module({})
export class RegistryModule implements OnModuleInit, OnModuleDestroy {
  #service: RegistryService | null = null;

  constructor(
    @Inject(OPTIONS) private readonly options: RegistryOptions,
    @Inject(HttpAdapterHost) private readonly adapter: HttpAdapterHost,
  ) {}

  static with(options: RegistryOptions): DynamicModule {
    return { module: RegistryModule, providers: [{ provide: OPTIONS, useValue: options }] };
  }

  /** Running, once the application has been initialised. */
  get service(): RegistryService {
    if (this.#service === null) throw new Error('the registry has not been started');
    return this.#service;
  }

  async onModuleInit(): Promise<void> {
    const http = this.adapter.httpAdapter.getInstance<Parameters<typeof openSubgraph>[1]>();
    this.#service = await RegistryService.start(this.options, http);
  }

  async onModuleDestroy(): Promise<void> {
    await this.#service?.close();
  }
}
